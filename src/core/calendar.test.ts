import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCalendar } from './calendar.ts'

const printed = (zone: string, unit: 'day' | 'week' | 'month', at: string): string[] => {
  const { startMs, endMs, nextEndMs } = createCalendar(zone).at(unit, Date.parse(at))
  return [startMs, endMs, nextEndMs].map((ms) => new Date(ms).toISOString().replace('.000Z', 'Z'))
}

test('days, weeks from Monday and months begin at midnight UTC', () => {
  assert.deepEqual(printed('UTC', 'day', '2026-11-21T13:00:00Z'), [
    '2026-11-21T00:00:00Z',
    '2026-11-22T00:00:00Z',
    '2026-11-23T00:00:00Z',
  ])
  assert.deepEqual(printed('UTC', 'week', '2026-11-21T13:00:00Z').slice(0, 2), [
    '2026-11-16T00:00:00Z',
    '2026-11-23T00:00:00Z',
  ])
  assert.deepEqual(printed('UTC', 'month', '2026-12-31T23:59:59Z'), [
    '2026-12-01T00:00:00Z',
    '2027-01-01T00:00:00Z',
    '2027-02-01T00:00:00Z',
  ])
})

test('another zone has its own midnight', () => {
  assert.deepEqual(printed('Asia/Shanghai', 'month', '2026-10-31T17:00:00Z').slice(0, 2), [
    '2026-10-31T16:00:00Z',
    '2026-11-30T16:00:00Z',
  ])
})

test('a day is 23 or 25 hours long when clocks change, and may begin at one', () => {
  assert.deepEqual(printed('Europe/Berlin', 'day', '2026-03-29T12:00:00Z').slice(0, 2), [
    '2026-03-28T23:00:00Z',
    '2026-03-29T22:00:00Z',
  ])
  assert.deepEqual(printed('Europe/Berlin', 'day', '2026-10-25T12:00:00Z').slice(0, 2), [
    '2026-10-24T22:00:00Z',
    '2026-10-25T23:00:00Z',
  ])
  // Beirut's clocks go forward at midnight: that day has none.
  assert.deepEqual(printed('Asia/Beirut', 'day', '2026-03-29T12:00:00Z').slice(0, 1), [
    '2026-03-28T22:00:00Z',
  ])
})

test('every moment lies in its period, and periods follow each other without a gap', () => {
  const zones = fc.constantFrom('UTC', 'Asia/Shanghai', 'America/New_York', 'Pacific/Apia', 'Asia/Kathmandu')
  const units = fc.constantFrom('day', 'week', 'month')
  const moments = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2035-01-01') })
  fc.assert(
    fc.property(zones, units, moments, (zone, unit, wallMs) => {
      const period = createCalendar(zone).at(unit, wallMs)
      assert.ok(period.startMs <= wallMs && wallMs < period.endMs && period.endMs < period.nextEndMs)
      const next = createCalendar(zone).at(unit, period.endMs)
      assert.deepEqual([next.startMs, next.endMs], [period.endMs, period.nextEndMs])
    }),
    { numRuns: 60 },
  )
})

test('the clock on the wall of a zone shows its weekday and minute, also on the day clocks are changed', () => {
  const berlin = createCalendar('Europe/Berlin')
  const at = (text: string) => berlin.local(Date.parse(text))
  assert.deepEqual(at('2026-03-29T00:59:59Z'), { weekday: 6, minuteOfDay: 119 })
  assert.deepEqual(at('2026-03-29T01:00:00Z'), { weekday: 6, minuteOfDay: 180 })
  assert.deepEqual(at('2026-03-29T22:00:00Z'), { weekday: 0, minuteOfDay: 0 })
  assert.deepEqual(createCalendar('UTC').local(Date.parse('1969-12-31T23:59:00Z')), {
    weekday: 2,
    minuteOfDay: 1_439,
  })
})

test('what the clocks of a zone show is turned into a moment, also where an hour is left out or comes twice', () => {
  const berlin = createCalendar('Europe/Berlin')
  const wallOf = (local: string): string => new Date(berlin.wall(Date.parse(`${local}:00Z`))).toISOString()
  assert.equal(wallOf('2026-10-01T00:00'), '2026-09-30T22:00:00.000Z')
  assert.equal(wallOf('2026-03-29T02:30'), '2026-03-29T01:00:00.000Z')
  assert.equal(wallOf('2026-10-25T02:30'), '2026-10-25T00:30:00.000Z')
  assert.equal(createCalendar('UTC').wall(Date.UTC(2026, 9, 1)), Date.UTC(2026, 9, 1))
})
