import assert from 'node:assert/strict'
import { test } from 'node:test'
import { between, parseLadder } from './ladder.ts'

const ratesOf = (text: string): readonly number[] => {
  const read = parseLadder(text)
  return 'rates' in read ? read.rates : assert.fail(read.complaint)
}

test('ranges rise by a factor or by a sum, and end with their end', () => {
  assert.deepEqual(ratesOf('1..20x1.5'), [1, 1.5, 2.25, 3.38, 5.06, 7.59, 11.4, 17.1, 20])
  assert.deepEqual(ratesOf('1..8x2'), [1, 2, 4, 8])
  assert.deepEqual(ratesOf('1..8+3'), [1, 4, 7, 8])
  assert.deepEqual(ratesOf('0.5/s..2/s x 2'), [0.5, 1, 2])
  assert.deepEqual(ratesOf('5..5x2'), [5])
})

test('a list is taken as it is', () => assert.deepEqual(ratesOf('1,2.5,10'), [1, 2.5, 10]))

test('what does not rise, or never ends, is refused', () => {
  for (const text of [
    '',
    '0..5x2',
    '1..20',
    '1..20x1',
    '1..20+0',
    '20..1x2',
    '2,1',
    '1,1',
    '1,x',
    '1..99999x2',
  ])
    assert.ok('complaint' in parseLadder(text), text)
  assert.deepEqual(parseLadder('1..1000+1'), { complaint: 'expected at most 50 steps' })
})

test('between two rates lies one that is as far from either, as a factor', () => {
  assert.equal(between(4, 16), 8)
})
