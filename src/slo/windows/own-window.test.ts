import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOwnWindows } from './own-window.ts'

const minuteOf = (text: string): number => Date.parse(text) / 60_000
const textOf = (minute: number): string => new Date(minute * 60_000).toISOString()

test('a rolling window is so many days of minutes', () => {
  const end = minuteOf('2026-03-31T12:00:00Z')
  const window = createOwnWindows().at({ kind: 'rolling', days: 7 }, end)
  assert.deepEqual(window, { fromMinute: end - 10_080, toMinute: end, lengthMinutes: 10_080 })
})

test('a month begins at its midnight in the zone, and is an hour shorter when clocks go forward', () => {
  const windows = createOwnWindows()
  const march = windows.at({ kind: 'month', timeZone: 'Europe/Berlin' }, minuteOf('2026-03-29T12:00:00Z'))
  assert.equal(textOf(march.fromMinute), '2026-02-28T23:00:00.000Z')
  assert.equal(march.lengthMinutes, 31 * 1_440 - 60)
  const october = windows.at({ kind: 'month', timeZone: 'Europe/Berlin' }, minuteOf('2026-10-02T00:00:00Z'))
  assert.equal(textOf(october.fromMinute), '2026-09-30T22:00:00.000Z')
  assert.equal(october.lengthMinutes, 31 * 1_440 + 60)
})

test('the last minute of a month still belongs to it, the next one begins the next', () => {
  const windows = createOwnWindows()
  const zone = { kind: 'month', timeZone: 'Asia/Shanghai' } as const
  const midnight = minuteOf('2026-10-31T16:00:00Z')
  assert.equal(textOf(windows.at(zone, midnight).fromMinute), '2026-09-30T16:00:00.000Z')
  assert.equal(textOf(windows.at(zone, midnight + 1).fromMinute), '2026-10-31T16:00:00.000Z')
  assert.equal(windows.at(zone, midnight + 1).toMinute, midnight + 1)
})
