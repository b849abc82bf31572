import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_BURNS, isReachable, toBudgetRatio, toReachable, toThresholdRatio } from './config.ts'

test('a budget is what people would write', () => {
  assert.deepEqual([0.9, 0.95, 0.995, 0.999, 0.9999].map(toBudgetRatio), [0.1, 0.05, 0.005, 0.001, 0.0001])
})

test('pages that could never come are rescaled to four bad requests of five', () => {
  const factors = (targetRatio: number): readonly number[] =>
    DEFAULT_BURNS.map((pair) => toReachable(pair, toBudgetRatio(targetRatio)).factor)
  assert.deepEqual(factors(0.995), [14.4, 6, 1])
  assert.deepEqual(factors(0.93), [Number((0.8 / 0.07).toPrecision(12)), 6, 1])
  assert.deepEqual(factors(0.9), [8, 6, 1])
  assert.deepEqual(factors(0.5), [1.6, 1.6, 1])
})

test('whatever is promised, no factor needs more bad events than there are events', () => {
  for (let target = 0.5; target < 1; target += 0.001) {
    const budget = toBudgetRatio(target)
    for (const pair of DEFAULT_BURNS) {
      const { factor } = toReachable(pair, budget)
      assert.ok(isReachable(factor, budget), `${target} ${factor}`)
      assert.ok(toThresholdRatio(factor, budget) >= budget, `${target} ${factor}`)
    }
  }
})
