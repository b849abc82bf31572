import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MaintenanceWindow } from '../maintenance/maintenance.ts'
import { toMaintenanceSpans } from './maintenance-spans.ts'

const minuteOf = (text: string): number => Date.parse(text) / 60_000

test('a weekly window goes by the clocks of its zone, also when they are changed', () => {
  const backup: MaintenanceWindow = {
    ...{ kind: 'weekly', name: 'backup', days: ['sat'], timeZone: 'Europe/Berlin' },
    ...{ fromMinuteOfDay: 23 * 60, toMinuteOfDay: 4 * 60 },
  }
  const span = { fromMinute: minuteOf('2026-10-17T00:00Z'), toMinute: minuteOf('2026-10-27T00:00Z') }
  const spans = toMaintenanceSpans([backup], span)
  assert.deepEqual(
    spans.map(({ name, fromMinute, toMinute }) => [
      name,
      fromMinute - minuteOf('2026-10-17T00:00Z'),
      toMinute - fromMinute,
    ]),
    [
      ['backup', 21 * 60, 5 * 60],
      ['backup', 7 * 1_440 + 21 * 60, 6 * 60],
    ],
  )
})

test('what reaches over the period is cut to it, what lies outside is left out, in the order of time', () => {
  const once = (name: string, from: string, to: string): MaintenanceWindow => ({
    ...{ kind: 'once', name, fromMs: Date.parse(from), toMs: Date.parse(to) },
  })
  const span = { fromMinute: minuteOf('2026-10-01T00:00Z'), toMinute: minuteOf('2026-10-02T00:00Z') }
  const windows = [
    once('late', '2026-10-01T23:00Z', '2026-10-02T05:00Z'),
    once('early', '2026-09-30T20:00Z', '2026-10-01T01:00Z'),
    once('before', '2026-09-01T00:00Z', '2026-09-02T00:00Z'),
  ]
  assert.deepEqual(
    toMaintenanceSpans(windows, span).map(({ name, fromMinute, toMinute }) => [name, toMinute - fromMinute]),
    [
      ['early', 60],
      ['late', 60],
    ],
  )
})
