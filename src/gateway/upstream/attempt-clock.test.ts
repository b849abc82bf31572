import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AttemptClock } from './attempt-clock.ts'

const TIMEOUTS = { connect: 10, firstToken: 100, load: 500, idle: 50, total: 1_000 }
const STARTED_MS = 1_000

function start({ stream = true, totalMs = 1_000 } = {}): AttemptClock {
  const totalDeadlineMs = STARTED_MS + totalMs
  const backend = { settings: { timeouts: TIMEOUTS } }
  return new AttemptClock({ backend, totalDeadlineMs, stream, writeTimeoutMs: 200 }, STARTED_MS)
}

test('each wait has its own end and its own reason', () => {
  const clock = start()
  const told = (): unknown => [clock.deadlineMs, clock.reasonAt(clock.deadlineMs), clock.isWaiting]
  assert.deepEqual(told(), [1_010, 'backend_unreachable', false])
  clock.awaitAnswer(1_005)
  assert.deepEqual(told(), [1_105, 'first_token_timeout', true])
  clock.awaitLoad()
  assert.deepEqual(told(), [1_500, 'first_token_timeout', true])
  clock.awaitMore(1_300)
  assert.deepEqual(told(), [1_350, 'idle_timeout', false])
  clock.pause(1_310)
  assert.deepEqual(told(), [1_510, 'client_closed', false])
})

test('an answer in one piece is waited for until the total time is over', () => {
  const clock = start({ stream: false })
  clock.awaitAnswer(1_005)
  assert.deepEqual(
    [clock.deadlineMs, clock.reasonAt(2_000), clock.isWaiting],
    [2_000, 'deadline_exceeded', true],
  )
})

test('no wait goes beyond the total time, a pause of the caller among them', () => {
  const waits: ((clock: AttemptClock) => void)[] = [
    (clock) => clock.awaitAnswer(1_020),
    (clock) => clock.awaitLoad(),
    (clock) => clock.awaitMore(1_020),
    (clock) => clock.pause(1_020),
  ]
  for (const wait of waits) {
    const clock = start({ totalMs: 30 })
    wait(clock)
    assert.deepEqual([clock.deadlineMs, clock.reasonAt(1_030)], [1_030, 'deadline_exceeded'])
  }
})

test('a load that is kept for others outlasts the time of the request that began it', () => {
  const clock = start({ totalMs: 30 })
  clock.awaitLoad()
  clock.awaitLoadAlone()
  assert.equal(clock.deadlineMs, 1_500)
})

test('a pause is measured once', () => {
  const clock = start()
  assert.equal(clock.isPaused, false)
  clock.pause(1_100)
  assert.equal(clock.isPaused, true)
  assert.equal(clock.resume(1_175), 75)
  assert.equal(clock.isPaused, false)
  assert.equal(clock.resume(1_200), 0)
})
