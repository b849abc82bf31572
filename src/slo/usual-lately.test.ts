import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsLately } from './usual-lately.ts'

const START_MS = 1_700_000_000_000

function readOf(lately: StreamsLately, startedAtMs: number): [number, number] | undefined {
  const into = { prefillMs: -1, perTokenMs: -1 }
  return lately.read(startedAtMs, into) ? [into.prefillMs, into.perTokenMs] : undefined
}

test('it tells of the streams that began nearest, before or after, and of equally near ones the mean', () => {
  const lately = new StreamsLately()
  assert.equal(readOf(lately, START_MS), undefined)
  lately.note(START_MS, 3_000, 0)
  lately.note(START_MS + 500, 1_000, 10)
  lately.note(START_MS + 10_000, 0, 80)
  assert.deepEqual(readOf(lately, START_MS + 900), [2_000, 5])
  assert.deepEqual(readOf(lately, START_MS + 4_000), [2_000, 5])
  assert.deepEqual(readOf(lately, START_MS + 6_000), [0, 80])
  assert.deepEqual(readOf(lately, START_MS + 40_000), [0, 80])
  lately.note(START_MS + 10_000, 0, 40)
  lately.note(START_MS + 10_000, 0, 60)
  assert.deepEqual(readOf(lately, START_MS + 5_000), [800, 38])
})

test('what began more than a minute before tells nothing', () => {
  const lately = new StreamsLately()
  lately.note(START_MS, 3_000, 0)
  assert.deepEqual(readOf(lately, START_MS + 60_000), [3_000, 0])
  assert.equal(readOf(lately, START_MS + 61_000), undefined)
  assert.deepEqual(readOf(lately, START_MS - 60_000), [3_000, 0])
  assert.equal(readOf(lately, START_MS - 61_000), undefined)
})

test('a second takes the place of the one two minutes before it', () => {
  const lately = new StreamsLately()
  for (let second = 0; second < 1_000; second += 1) lately.note(START_MS + second * 1_000, second, 0)
  assert.deepEqual(readOf(lately, START_MS + 999_000), [999, 0])
  assert.deepEqual(readOf(lately, START_MS + 872_000), [872, 0])
  assert.deepEqual(readOf(lately, START_MS + 862_000), [872, 0], 'the nearest that is still known')
  assert.equal(readOf(lately, START_MS + 800_000), undefined)
})

test('a wall clock that is set back, and times that are none, do no harm', () => {
  const lately = new StreamsLately()
  lately.note(START_MS, 3_000, 0)
  lately.note(START_MS - 3_600_000, 1_000, 0)
  assert.deepEqual(readOf(lately, START_MS - 3_600_000), [1_000, 0])
  for (const odd of [NaN, Infinity, -Infinity, -5]) {
    lately.note(odd, 9_000, 9)
    assert.equal(readOf(lately, odd), undefined, String(odd))
  }
  assert.deepEqual(readOf(lately, START_MS), [3_000, 0])
  lately.note(100, 7, 0)
  assert.deepEqual(readOf(lately, 0), [7, 0], 'at the beginning of time')
})
