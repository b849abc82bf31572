import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import type { RequestRecord } from '../core/record.ts'
import { FAILED, toRecord } from './fixtures/record.ts'
import { toObjective } from './fixtures/objective.ts'
import { createMinuteCounter, type MinuteCounter } from './minutes.ts'
import type { Counted } from './objective.ts'

const NEVER = { at: () => undefined }
const WALL_MS = 1_700_000_000_000
const MINUTE = Math.floor(WALL_MS / 60_000)

function open(counted: readonly Counted[] = [toObjective()]) {
  const clock = createManualClock(WALL_MS)
  const counter = createMinuteCounter(clock)
  counter.replace(counted, NEVER)
  const count = (given: Partial<RequestRecord> = {}): void =>
    counter.count(toRecord({ startedAtMs: clock.wall() - 1_200, ...given }))
  return { clock, counter, count }
}

const row = (given: object = {}) => ({
  objective: 'chat',
  minute: MINUTE,
  good: 0,
  total: 0,
  excluded: 0,
  ...given,
})

const totals = (counter: MinuteCounter): number =>
  counter.unwritten().reduce((sum, { total }) => sum + total, 0)

test('good, bad and excluded are counted apart, what is out of scope not at all', () => {
  const { counter, count } = open()
  count()
  count(FAILED)
  count({ ...FAILED, outcome: 'caller_error' })
  count({ operation: 'models' })
  assert.deepEqual(counter.takeMinutes(), [row({ good: 1, total: 2, excluded: 1 })])
  assert.deepEqual(counter.tallies(), [{ name: 'chat', good: 1, events: 2 }])
})

test('a request counts in the minute in which it ended', () => {
  const { clock, counter, count } = open()
  clock.advance(60_000)
  count({ startedAtMs: WALL_MS, durationMs: 59_000 })
  count({ startedAtMs: MINUTE * 60_000, durationMs: 60_000 })
  count({ startedAtMs: MINUTE * 60_000, durationMs: 59_999 })
  const minutes = counter.takeMinutes().map(({ minute, total }) => [minute - MINUTE, total])
  assert.deepEqual(minutes, [
    [1, 2],
    [0, 1],
  ])
})

test('nothing has ended in the future, nor long ago: a clock that was set, or a machine that slept', () => {
  const { counter, count } = open()
  count({ startedAtMs: WALL_MS + 3_600_000 })
  count({ startedAtMs: WALL_MS - 7_200_000 })
  count({ startedAtMs: 0 })
  assert.deepEqual(counter.takeMinutes(), [row({ good: 3, total: 3 })])
})

test('what was taken and written is gone, what could not be written comes again', () => {
  const { counter, count } = open()
  count()
  const first = counter.takeMinutes()
  count()
  assert.equal(totals(counter), 2)
  counter.giveBack(first)
  const second = counter.takeMinutes()
  assert.deepEqual(second, [row({ good: 2, total: 2 })])
  counter.noteWritten(second)
  assert.deepEqual(counter.takeMinutes(), [])
  assert.equal(totals(counter), 0)
})

test('what was given back or written is so once', () => {
  const { counter, count } = open()
  count()
  const taken = counter.takeMinutes()
  counter.giveBack(taken)
  counter.giveBack(taken)
  assert.equal(totals(counter), 1)
  const again = counter.takeMinutes()
  counter.noteWritten(again)
  counter.giveBack(again)
  assert.equal(totals(counter), 0)
})

test('a reader waits for what is on its way, and nothing leaves until it has read', async () => {
  const { counter, count } = open()
  count()
  const taken = counter.takeMinutes()
  let isHeld = false
  const hold = counter.hold().then((release) => {
    isHeld = true
    return release
  })
  await Promise.resolve()
  assert.equal(isHeld, false)
  count()
  assert.deepEqual(counter.takeMinutes(), [])
  counter.noteWritten(taken)
  const release = await hold
  assert.equal(totals(counter), 1)
  assert.deepEqual(counter.takeMinutes(), [])
  release()
  release()
  assert.equal(counter.takeMinutes().length, 1)
})

test('two readers may read at the same time, and both must have read', async () => {
  const { counter, count } = open()
  count()
  const [first, second] = await Promise.all([counter.hold(), counter.hold()])
  first()
  first()
  assert.deepEqual(counter.takeMinutes(), [])
  second()
  assert.equal(counter.takeMinutes().length, 1)
})

test('in maintenance everything is out of the count', () => {
  const { counter, count } = open()
  counter.replace([toObjective()], { at: (wallMs) => (wallMs <= WALL_MS ? 'move' : undefined) })
  count()
  count(FAILED)
  assert.deepEqual(counter.takeMinutes(), [row({ excluded: 2 })])
  assert.deepEqual(counter.tallies(), [{ name: 'chat', good: 0, events: 0 }])
})

test('an objective that is gone is still written, one that stays goes on, a new one starts at 0', () => {
  const { counter, count } = open([toObjective(), toObjective({ name: 'old' })])
  count()
  const taken = counter.takeMinutes()
  count()
  counter.replace([toObjective(), toObjective({ name: 'new' })], NEVER)
  count()
  counter.giveBack(taken)
  assert.deepEqual(counter.tallies(), [
    { name: 'chat', good: 3, events: 3 },
    { name: 'new', good: 1, events: 1 },
  ])
  const sums = new Map<string, number>()
  for (const { objective, total } of counter.takeMinutes())
    sums.set(objective, (sums.get(objective) ?? 0) + total)
  assert.deepEqual(Object.fromEntries(sums), { chat: 3, old: 2, new: 1 })
})

test('without objectives nothing is counted', () => {
  const { counter, count } = open([])
  count()
  assert.deepEqual(counter.takeMinutes(), [])
})

test('a minute without requests has a row where somebody was there to count, once, and one of what is counted anew', () => {
  const { clock, counter, count } = open()
  counter.beat()
  counter.beat()
  assert.deepEqual(counter.takeMinutes(), [row()])
  counter.beat()
  assert.deepEqual(counter.takeMinutes(), [])
  counter.replace([toObjective(), toObjective({ name: 'new' })], NEVER)
  counter.beat()
  assert.deepEqual(counter.takeMinutes(), [row(), row({ objective: 'new' })])
  clock.advance(60_000)
  count({ startedAtMs: clock.wall() - 1, durationMs: 1 })
  counter.beat()
  assert.deepEqual(
    counter.takeMinutes().map(({ objective, minute, total }) => [objective, minute - MINUTE, total]),
    [
      ['chat', 1, 1],
      ['new', 1, 1],
    ],
  )
})
