import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { createAllowance } from './allowance.ts'

test('no more messages than the service takes in its period, however they are spread', () => {
  const clock = createManualClock()
  const allowance = createAllowance({ messages: 3, periodMs: 60_000 }, clock)
  for (const passMs of [0, 10_000, 10_000]) {
    clock.advance(passMs)
    assert.equal(allowance.waitMs(), 0)
    allowance.take()
  }
  assert.deepEqual([allowance.left(), allowance.waitMs()], [0, 40_000])
  clock.advance(40_000)
  assert.deepEqual([allowance.left(), allowance.waitMs()], [1, 0])
  allowance.take()
  assert.equal(allowance.waitMs(), 10_000)
})

test('without a limit there is always room', () => {
  const allowance = createAllowance(undefined, createManualClock())
  allowance.take()
  assert.deepEqual([allowance.left(), allowance.waitMs()], [Infinity, 0])
})
