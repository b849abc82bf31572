import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createValueCap, isGenerative, toMethodLabel } from './labels.ts'

test('a method that nobody knows is other', () => {
  assert.deepEqual(['GET', 'POST', 'get', 'PROPFIND', '', '__proto__'].map(toMethodLabel), [
    'GET',
    'POST',
    'other',
    'other',
    'other',
    'other',
  ])
})

test('listing models and moderation are not generation', () => {
  assert.deepEqual((['chat', 'embeddings', 'models', 'moderation', 'other'] as const).map(isGenerative), [
    true,
    true,
    false,
    false,
    false,
  ])
})

test('the first values keep their names, later ones are other and counted', () => {
  let limited = 0
  const cap = createValueCap(2, () => (limited += 1))
  assert.deepEqual(
    ['a', 'b', 'c', 'a', 'd'].map((value) => cap.toLabel(value)),
    ['a', 'b', 'other', 'a', 'other'],
  )
  assert.deepEqual([cap.size, limited], [2, 2])
})
