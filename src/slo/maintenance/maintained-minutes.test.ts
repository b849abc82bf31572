import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMaintainedMinutes } from './maintained-minutes.ts'
import { createMaintenance, type MaintenanceWindow } from './maintenance.ts'

const MINUTE_MS = 60_000
const FROM_MINUTE = Date.UTC(2026, 9, 24) / MINUTE_MS
const DAY_MINUTES = 1_440

const WINDOWS: readonly MaintenanceWindow[] = [
  {
    ...{ kind: 'weekly', name: 'backup', days: ['sat'], timeZone: 'Europe/Berlin' },
    ...{ fromMinuteOfDay: 22 * 60 + 30, toMinuteOfDay: 3 * 60 },
  },
  {
    ...{ kind: 'once', name: 'gpu', fromMs: (FROM_MINUTE + 100) * MINUTE_MS + 1 },
    toMs: (FROM_MINUTE + 110) * MINUTE_MS,
  },
]

test('minutes are in maintenance as the windows have it, in whatever order they are asked for, and again', () => {
  const isMaintained = createMaintainedMinutes(WINDOWS)
  const maintenance = createMaintenance(WINDOWS)
  const minutes = Array.from({ length: 2 * DAY_MINUTES }, (_, at) => FROM_MINUTE + at)
  const wanted = minutes.filter((minute) => maintenance.at(minute * MINUTE_MS) !== undefined)
  // The night in which the clocks are set back: the hour that comes twice is in it twice.
  assert.equal(wanted.length, 9 + 330)
  for (const asked of [minutes.toReversed(), minutes])
    assert.deepEqual(
      asked.filter(isMaintained).toSorted((left, right) => left - right),
      wanted,
    )
})

test('without a window no minute is in one', () => {
  assert.equal(createMaintainedMinutes([])(FROM_MINUTE), false)
})
