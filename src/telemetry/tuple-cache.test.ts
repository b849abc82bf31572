import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTupleCache } from './tuple-cache.ts'

test('a tuple finds its value, and no other tuple does', () => {
  const cache = createTupleCache<string>(10)
  cache.keep(cache.root().at('a').at('b'), 'ab')
  assert.equal(cache.root().at('a').at('b').value, 'ab')
  assert.equal(cache.root().at('b').at('a').value, undefined)
  assert.equal(cache.root().at('a').value, undefined)
  assert.equal(cache.root().at('ab').value, undefined)
})

test('undefined, its name and numbers are different elements', () => {
  const cache = createTupleCache<number>(10)
  for (const [at, key] of [undefined, 'undefined', 1, '1', true].entries())
    cache.keep(cache.root().at(key), at)
  assert.deepEqual(
    [undefined, 'undefined', 1, '1', true].map((key) => cache.root().at(key).value),
    [0, 1, 2, 3, 4],
  )
})

test('a full cache forgets and goes on', () => {
  const cache = createTupleCache<number>(3)
  for (let key = 0; key < 3; key += 1) cache.keep(cache.root().at(key), key)
  assert.equal(cache.keep(cache.root().at(3), 3), 3)
  assert.equal(cache.root().at(0).value, undefined)
  cache.keep(cache.root().at(0), 0)
  assert.equal(cache.root().at(0).value, 0)
})
