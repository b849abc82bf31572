import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTimeZone, parseZoned, readPeriod } from './sla-period.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 12)
const SHANGHAI = { nowMs: NOW_MS, timeZone: 'Asia/Shanghai' }
const BERLIN = { nowMs: NOW_MS, timeZone: 'Europe/Berlin' }

const moment = (text: string, bound: 'start' | 'end' = 'start', context = SHANGHAI): string | undefined => {
  const ms = parseZoned(text, context, bound)
  return ms === undefined ? undefined : new Date(ms).toISOString()
}

test('days and times are those of the zone, an end is meant to its end', () => {
  assert.equal(moment('2026-10-01'), '2026-09-30T16:00:00.000Z')
  assert.equal(moment('2026-10-01', 'end'), '2026-10-01T16:00:00.000Z')
  assert.equal(moment('2026-10-01T14:30'), '2026-10-01T06:30:00.000Z')
  assert.equal(moment('2026-10-24', 'end', BERLIN), '2026-10-24T22:00:00.000Z')
  assert.equal(moment('2026-10-25', 'end', BERLIN), '2026-10-25T23:00:00.000Z')
})

test('how long ago and a moment with its zone mean the same everywhere', () => {
  assert.equal(moment('7d'), '2026-11-14T12:00:00.000Z')
  assert.equal(moment('2026-10-01T14:30:00+02:00'), '2026-10-01T12:30:00.000Z')
})

test('what nobody can mean is not guessed', () => {
  for (const text of ['2026-02-30', '2026-13-01', '14:30', 'yesterday', '', '2026-10-01T25:00'])
    assert.equal(moment(text), undefined, text)
})

test('a month, the one that is going on, or from one moment to another', () => {
  assert.deepEqual(readPeriod({ month: '2026-10' }, SHANGHAI), {
    period: { kind: 'month', year: 2026, month: 10 },
  })
  const midnight = { nowMs: Date.UTC(2026, 10, 30, 17), timeZone: 'Asia/Shanghai' }
  assert.deepEqual(readPeriod({}, midnight), { period: { kind: 'month', year: 2026, month: 12 } })
  assert.deepEqual(readPeriod({ since: '1d' }, SHANGHAI), {
    period: { kind: 'span', fromMs: NOW_MS - 86_400_000, toMs: NOW_MS },
  })
  for (const month of ['2026-13', '2026-1', '10-2026', '2026-10-01', ''])
    assert.ok('complaints' in readPeriod({ month }, SHANGHAI), month)
  assert.deepEqual(readPeriod({ since: 'x', until: 'y' }, SHANGHAI), {
    complaints: ['--since', '--until'].map(
      (flag) =>
        `${flag}: expected how long ago, such as 7d, or a time by the clocks of the zone, such as 2026-10-01 or 2026-10-01T14:30`,
    ),
  })
})

test('a zone is one that this machine knows', () => {
  assert.deepEqual(['UTC', 'Asia/Shanghai', 'Mars', ''].map(isTimeZone), [true, true, false, false])
})
