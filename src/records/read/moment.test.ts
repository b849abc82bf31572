import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMoment } from './moment.ts'

const NOW_MS = new Date(2026, 10, 21, 15, 30).getTime()
const HOUR_MS = 3_600_000
const local = (...parts: readonly [number, number, number, number?, number?, number?]): number => {
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts
  return new Date(year, month - 1, day, hour, minute, second).getTime()
}

test('a duration is that long ago', () => {
  assert.equal(parseMoment('1h', NOW_MS), NOW_MS - HOUR_MS)
  assert.equal(parseMoment('1h30m', NOW_MS), NOW_MS - 1.5 * HOUR_MS)
  assert.equal(parseMoment('0', NOW_MS), NOW_MS)
})

test('a time without a zone is one of this place', () => {
  assert.equal(parseMoment('2026-11-20', NOW_MS), local(2026, 11, 20))
  assert.equal(parseMoment('2026-11-20T14:05', NOW_MS), local(2026, 11, 20, 14, 5))
  assert.equal(parseMoment(' 2026-11-20 14:05:06.7 ', NOW_MS), local(2026, 11, 20, 14, 5, 6) + 700)
  assert.equal(parseMoment('09:15', NOW_MS), local(2026, 11, 21, 9, 15))
})

test('a day as an end is meant with all its hours, a time is not', () => {
  assert.equal(parseMoment('2026-11-30', NOW_MS, 'end'), local(2026, 12, 1))
  assert.equal(parseMoment('2026-11-30 00:00', NOW_MS, 'end'), local(2026, 11, 30))
})

test('a time with its zone is the same everywhere', () => {
  assert.equal(parseMoment('2026-11-20T14:05:00+08:00', NOW_MS), Date.UTC(2026, 10, 20, 6, 5))
  assert.equal(parseMoment('2026-11-20 14:05z', NOW_MS), Date.UTC(2026, 10, 20, 14, 5))
})

test('what is no moment is none', () => {
  for (const text of [
    ...['', ' ', 'x', '1', '1y', '-1h', '14', '24:00', '12:60', '12:00:61', 'T12:00'],
    ...[
      '2026-06-31',
      '2026-13-01',
      '2026-1-1',
      '2026-11-20T',
      '2026-11-20T1:00',
      '2026-11-20T25:00Z',
      'today',
    ],
  ]) {
    assert.equal(parseMoment(text, NOW_MS), undefined, text)
  }
})
