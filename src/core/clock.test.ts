import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, sleep, systemClock } from './clock.ts'

test('a manual clock stands still until it is moved, and then moves both clocks', () => {
  const clock = createManualClock(1_000)
  assert.deepEqual([clock.now(), clock.wall()], [0, 1_000])
  clock.advance(250)
  assert.deepEqual([clock.now(), clock.wall()], [250, 1_250])
})

test('a jump of the wall clock does not touch the monotonic one and fires no timer', () => {
  const clock = createManualClock(1_000)
  let fired = 0
  clock.after(10, () => (fired += 1))
  clock.jumpWall(-400)
  assert.deepEqual([clock.now(), clock.wall(), fired], [0, 600, 0])
})

test('timers fire in the order they fall due, at the time they fall due', () => {
  const clock = createManualClock()
  const seen: string[] = []
  clock.after(30, () => seen.push(`b@${clock.now()}`))
  clock.after(10, () => seen.push(`a@${clock.now()}`))
  clock.every(20, () => seen.push(`e@${clock.now()}`))
  clock.advance(45)
  assert.deepEqual(seen, ['a@10', 'e@20', 'b@30', 'e@40'])
})

test('a timer that was cancelled never fires, and cancelling twice is harmless', () => {
  const clock = createManualClock()
  let fired = 0
  const cancelOnce = clock.after(10, () => (fired += 1))
  const cancelEvery = clock.every(10, () => (fired += 1))
  cancelOnce()
  cancelOnce()
  clock.advance(10)
  cancelEvery()
  clock.advance(100)
  assert.equal(fired, 1)
})

test('a timer set by a timer falls due in the same advance when its time has come', () => {
  const clock = createManualClock()
  const seen: number[] = []
  clock.after(10, () => void clock.after(5, () => seen.push(clock.now())))
  clock.advance(14)
  assert.deepEqual(seen, [])
  clock.advance(1)
  assert.deepEqual(seen, [15])
})

test('sleeping ends when the clock has moved far enough', async () => {
  const clock = createManualClock()
  let awake = false
  const sleeping = sleep(clock, 100).then(() => (awake = true))
  clock.advance(99)
  await Promise.resolve()
  assert.equal(awake, false)
  clock.advance(1)
  await sleeping
  assert.equal(awake, true)
})

test('the system clock never runs backwards and knows what year it is', () => {
  const before = systemClock.now()
  assert.ok(systemClock.now() >= before)
  assert.ok(systemClock.wall() > Date.parse('2025-01-01'))
})

test('a timer of the system clock fires once, and not at all when it was cancelled', async () => {
  // The timers do not keep a process alive; something else has to while the test waits.
  const alive = setInterval(() => undefined, 1_000)
  let cancelled = 0
  const cancelOnce = systemClock.after(1, () => (cancelled += 1))
  const cancelEvery = systemClock.every(1, () => (cancelled += 1))
  cancelOnce()
  cancelEvery()
  await sleep(systemClock, 5)
  let ticks = 0
  await new Promise<void>((resolve) => {
    const cancel = systemClock.every(1, () => {
      ticks += 1
      if (ticks === 2) cancel()
      if (ticks === 2) resolve()
    })
  })
  clearInterval(alive)
  assert.deepEqual([cancelled, ticks], [0, 2])
})
