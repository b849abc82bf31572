import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GAP_BOUNDS_S, uniteBounds } from './buckets.ts'

test('thresholds become bounds where they belong, each once', () => {
  assert.deepEqual(uniteBounds([1, 2, 5], [3, 0.5, 3, 10]), [0.5, 1, 2, 3, 5, 10])
})

test('a threshold that is a bound already changes nothing', () => {
  assert.equal(uniteBounds(GAP_BOUNDS_S, [0.1, 70 / 1_000 + 0.03]), GAP_BOUNDS_S)
  assert.equal(uniteBounds(GAP_BOUNDS_S, []), GAP_BOUNDS_S)
})
