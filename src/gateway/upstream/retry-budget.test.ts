import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RetryBudget } from './retry-budget.ts'

function takeAll(inflight: number, settings = { budget: 0.2, minimum: 3 }): number {
  const budget = new RetryBudget(() => inflight)
  while (budget.take(settings) && budget.underWay < 10_000);
  return budget.underWay
}

test('a share of the requests in flight may be retries, and always so many', () => {
  assert.deepEqual(
    [0, 1, 15, 19, 20, 100, 999].map((inflight) => takeAll(inflight)),
    [3, 3, 3, 3, 4, 20, 199],
  )
  assert.equal(takeAll(100, { budget: 0, minimum: 0 }), 0)
  assert.equal(takeAll(100, { budget: 1, minimum: 0 }), 100)
})

test('a place that is given back can be taken again', () => {
  const budget = new RetryBudget(() => 0)
  const settings = { budget: 0.2, minimum: 1 }
  assert.deepEqual([budget.take(settings), budget.take(settings)], [true, false])
  budget.giveBack()
  assert.equal(budget.take(settings), true)
})
