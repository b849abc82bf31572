import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeDelayMs, type ProbeQuestion } from './probe-schedule.ts'

const delay = (given: Partial<ProbeQuestion>): number =>
  probeDelayMs({ finding: 'answers', deadInARow: 0, everyMs: 15_000, random: 0.5, ...given })

test('a backend that is well is asked as often as configured, a little earlier or later', () => {
  assert.equal(delay({}), 15_000)
  assert.equal(delay({ random: 0 }), 13_500)
  assert.ok(delay({ random: 0.999 }) < 16_500)
})

test('a dead one is asked again soon, then less soon, and never seldom', () => {
  const delays = [1, 2, 3, 4, 100].map((deadInARow) => delay({ finding: 'refused', deadInARow }))
  assert.deepEqual(delays, [1_000, 2_000, 4_000, 5_000, 5_000])
  assert.equal(delay({ finding: 'silent', deadInARow: 1 }), 1_000)
})

test('loading, a full queue and our own want of sockets pass in seconds', () => {
  for (const finding of ['loading', 'busy', undefined] as const) assert.equal(delay({ finding }), 2_000)
})

test('nothing is asked less often than configured', () => {
  for (const finding of ['answers', 'loading', 'busy', 'refused', 'silent', undefined] as const)
    for (const deadInARow of [0, 1, 50]) assert.ok(delay({ finding, deadInARow, everyMs: 200 }) <= 200)
})
