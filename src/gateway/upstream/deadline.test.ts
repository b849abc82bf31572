import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { Deadlines, type Expiring } from './deadline.ts'

/** How late a deadline may be noticed. */
const TICK_MS = 50

interface Entry extends Expiring {
  readonly noticedMs: number[]
}

function entryAt(deadlineMs: number, onDeadline?: (self: Entry) => void): Entry {
  const entry: Entry = {
    deadlineMs,
    rosterIndex: -1,
    noticedMs: [],
    onDeadline(nowMs) {
      entry.noticedMs.push(nowMs)
      onDeadline?.(entry)
    },
  }
  return entry
}

test('a deadline is noticed once, never early and at most a tick late', () => {
  for (const deadlineMs of [0, 1, 49, 50, 51, 999, 1_000, 1_001]) {
    const clock = createManualClock()
    const deadlines = new Deadlines(clock)
    const entry = entryAt(deadlineMs)
    deadlines.add(entry)
    clock.advance(5_000)
    const [noticedMs] = entry.noticedMs
    assert.equal(entry.noticedMs.length, 1)
    assert.ok(
      noticedMs !== undefined && noticedMs >= deadlineMs && noticedMs <= deadlineMs + TICK_MS,
      `${noticedMs}`,
    )
  }
})

test('a deadline that moves is noticed where it is then', () => {
  const clock = createManualClock()
  const deadlines = new Deadlines(clock)
  const entry = entryAt(100)
  deadlines.add(entry)
  for (let step = 0; step < 20; step += 1) {
    clock.advance(60)
    entry.deadlineMs = clock.now() + 100
  }
  assert.deepEqual(entry.noticedMs, [])
  clock.advance(200)
  assert.deepEqual(entry.noticedMs, [1_300])
})

test('one that was removed, or waits for nothing, is left alone', () => {
  const clock = createManualClock()
  const deadlines = new Deadlines(clock)
  const [gone, endless] = [entryAt(100), entryAt(Infinity)]
  deadlines.add(gone)
  deadlines.add(endless)
  deadlines.remove(gone)
  clock.advance(10_000)
  assert.deepEqual([gone.noticedMs, endless.noticedMs], [[], []])
})

test('entries that leave or come while others expire disturb nobody', () => {
  const clock = createManualClock()
  const deadlines = new Deadlines(clock)
  const late = entryAt(0)
  // Two that each take the other away: whichever comes first, the other must not come at all.
  const rivals: Entry[] = []
  const rival = (): Entry =>
    entryAt(50, () => {
      for (const each of rivals) deadlines.remove(each)
      late.deadlineMs = clock.now() + TICK_MS
      deadlines.add(late)
    })
  rivals.push(rival(), rival())
  const [before, after] = [entryAt(50), entryAt(50)]
  for (const entry of [before, ...rivals, after]) deadlines.add(entry)
  clock.advance(500)
  assert.deepEqual([before.noticedMs, after.noticedMs], [[50], [50]])
  assert.deepEqual(
    rivals.flatMap((each) => each.noticedMs),
    [50],
  )
  assert.deepEqual(late.noticedMs, [100])
})

test('an expired entry may set itself another deadline', () => {
  const clock = createManualClock()
  const deadlines = new Deadlines(clock)
  const entry = entryAt(100, (self) => {
    self.deadlineMs = clock.now() + 100
  })
  deadlines.add(entry)
  clock.advance(350)
  assert.deepEqual(entry.noticedMs, [100, 200, 300])
})

test('a tick that follows a stall of the process leaves one more for what came in meanwhile', () => {
  const clock = createManualClock()
  let stalledMs = 0
  const deadlines = new Deadlines({ ...clock, now: () => clock.now() + stalledMs })
  const [answered, overdue] = [entryAt(400), entryAt(400)]
  deadlines.add(answered)
  deadlines.add(overdue)
  clock.advance(300)
  stalledMs = 1_000
  clock.advance(TICK_MS)
  assert.deepEqual([answered.noticedMs, overdue.noticedMs], [[], []])
  answered.deadlineMs = Infinity
  clock.advance(TICK_MS)
  assert.deepEqual([answered.noticedMs, overdue.noticedMs], [[], [1_400]])
})

test('a process whose every tick is late still notices what is overdue', () => {
  const clock = createManualClock()
  let stalledMs = 0
  const deadlines = new Deadlines({ ...clock, now: () => clock.now() + stalledMs })
  const entry = entryAt(400)
  deadlines.add(entry)
  for (let tick = 0; tick < 4; tick += 1) {
    stalledMs += 1_000
    clock.advance(TICK_MS)
  }
  assert.equal(entry.noticedMs.length, 1)
})

test('the ticker stops when nothing waits, and starts again with the next', () => {
  const clock = createManualClock()
  let timers = 0
  const deadlines = new Deadlines({
    ...clock,
    every(periodMs, callback) {
      timers += 1
      const stop = clock.every(periodMs, callback)
      return () => {
        timers -= 1
        stop()
      }
    },
  })
  assert.equal(timers, 0)
  const entry = entryAt(100)
  deadlines.add(entry)
  deadlines.add(entryAt(Infinity))
  assert.equal(timers, 1)
  deadlines.close()
  assert.equal(timers, 0)
  deadlines.close()
  const again = new Deadlines(clock)
  again.add(entry)
  again.remove(entry)
  clock.advance(200)
  again.add(entry)
  clock.advance(200)
  assert.equal(entry.noticedMs.length, 1)
})
