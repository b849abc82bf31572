import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../../core/clock.ts'
import { createBudget } from './budget.ts'

test('a service is asked as often as it takes in any stretch of time, and no more', () => {
  const clock = createManualClock()
  const budget = createBudget([{ messages: 2, periodMs: 1_000 }], clock)
  assert.equal(budget.take(), undefined)
  clock.advance(400)
  assert.equal(budget.take(), undefined)
  assert.equal(budget.take(), 600)
  clock.advance(600)
  assert.equal(budget.take(), undefined)
  assert.equal(budget.take(), 400)
})

test('of several limits the one that lasts longest counts', () => {
  const clock = createManualClock()
  const budget = createBudget(
    [
      { messages: 3, periodMs: 60_000 },
      { messages: 2, periodMs: 1_000 },
    ],
    clock,
  )
  for (let count = 0; count < 2; count += 1) assert.equal(budget.take(), undefined)
  assert.equal(budget.take(), 1_000)
  clock.advance(1_000)
  assert.equal(budget.take(), undefined)
  assert.equal(budget.take(), 59_000)
})

test('without limits there is always room', () => {
  const budget = createBudget([], createManualClock())
  for (let count = 0; count < 100; count += 1) assert.equal(budget.take(), undefined)
})
