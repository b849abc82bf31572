import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { systemIds } from '../../core/ids.ts'
import type { Decision } from './ledger/ledger.ts'
import { LimitState } from './limit-state.ts'
import { Reservation } from './reservation.ts'

function start(isShared = true) {
  const clock = createManualClock()
  const renewed: string[] = []
  const ledger = {
    reserve: () => assert.fail('nothing is asked here'),
    settle: () => undefined,
    renew: ({ id }: Decision) => void renewed.push(id),
    close: () => undefined,
  }
  const state = new LimitState({ ledger, clock, ids: systemIds, isShared })
  const hold = (id: string): Reservation => {
    const decision = {
      id,
      rules: [],
      tokens: 0,
      micros: 0,
      refused: -1,
      retryAfterMs: 0,
      remaining: [],
      resetMs: [],
    }
    const reservation = new Reservation({ decision, input: 0, refusal: undefined, decidedAtMs: 0 })
    state.hold(reservation)
    return reservation
  }
  return { clock, renewed, state, hold }
}

test('what is held is renewed three times before its lease runs out, and not after it was settled', () => {
  const { clock, renewed, state, hold } = start()
  const one = hold('one')
  clock.advance(19_000)
  assert.deepEqual(renewed, [])
  hold('two')
  clock.advance(1_000)
  assert.deepEqual(renewed, ['one'])
  clock.advance(20_000)
  assert.deepEqual(renewed, ['one', 'two', 'one'])
  state.settle(one, { tokens: 0, micros: 0 })
  clock.advance(20_000)
  assert.deepEqual(renewed, ['one', 'two', 'one', 'two'])
  state.close()
  clock.advance(60_000)
  assert.equal(renewed.length, 4)
})

test('ten thousand reservations of one moment are renewed in time, and never thousands of them at once', () => {
  const { clock, renewed, hold } = start()
  for (let index = 0; index < 10_000; index += 1) hold(String(index))
  let most = 0
  for (let second = 0; second < 59; second += 1) {
    const before = renewed.length
    clock.advance(1_000)
    most = Math.max(most, renewed.length - before)
  }
  assert.equal(new Set(renewed).size, 10_000)
  assert.ok(most <= 500, String(most))
})

test('in one process nobody renews anything: nobody can die alone', () => {
  const { clock, renewed, hold } = start(false)
  hold('one')
  clock.advance(60_000)
  assert.deepEqual(renewed, [])
})
