import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toQuantiles } from './quantiles.ts'

test('a quantile is the smallest value that the share does not exceed', () => {
  const values = [40, 15, 50, 20, 35]
  const { quantilesMs } = toQuantiles(values, [0, 0.05, 0.3, 0.4, 0.5, 1])
  assert.deepEqual(quantilesMs, [15, 15, 20, 20, 35, 50])
})

test('of one value every quantile is that value', () => {
  assert.deepEqual(toQuantiles([7.5], [0, 0.5, 0.999, 1]), {
    count: 1,
    sumMs: 7.5,
    quantilesMs: [7.5, 7.5, 7.5, 7.5],
  })
})

test('values are compared as numbers, and the list is left as it is', () => {
  const values = [100, 9, 25]
  assert.deepEqual(toQuantiles(values, [0.5]).quantilesMs, [25])
  assert.deepEqual(values, [100, 9, 25])
})
