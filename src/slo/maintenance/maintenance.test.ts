import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMaintenance, type MaintenanceWindow } from './maintenance.ts'

const wall = (text: string): number => Date.parse(text)

const weekly = (
  rest: Partial<Extract<MaintenanceWindow, { readonly kind: 'weekly' }>>,
): MaintenanceWindow => ({
  kind: 'weekly',
  name: 'weekly',
  days: ['sat'],
  fromMinuteOfDay: 22 * 60,
  toMinuteOfDay: 2 * 60,
  timeZone: 'UTC',
  ...rest,
})

const holds = (windows: readonly MaintenanceWindow[], ...moments: string[]): readonly boolean[] => {
  const maintenance = createMaintenance(windows)
  return moments.map((moment) => maintenance.at(wall(moment)) !== undefined)
}

test('without windows there is none', () => {
  assert.deepEqual(holds([], '2026-11-21T12:00:00Z'), [false])
})

test('one that comes once has a beginning and, exclusive, an end', () => {
  const once = {
    kind: 'once',
    name: 'move',
    fromMs: wall('2026-11-21T12:00:00Z'),
    toMs: wall('2026-11-21T13:00:00Z'),
  } as const
  assert.deepEqual(
    holds(
      [once],
      '2026-11-21T11:59:59.999Z',
      '2026-11-21T12:00:00Z',
      '2026-11-21T12:59:59Z',
      '2026-11-21T13:00:00Z',
    ),
    [false, true, true, false],
  )
  assert.equal(createMaintenance([once]).at(wall('2026-11-21T12:30:00Z')), 'move')
})

test('a weekly one goes on after midnight into the next day, also from Sunday to Monday', () => {
  // 2026-11-21 is a Saturday.
  const moments = [
    '2026-11-21T21:59:00Z',
    '2026-11-21T22:00:00Z',
    '2026-11-22T01:59:00Z',
    '2026-11-22T02:00:00Z',
  ]
  assert.deepEqual(holds([weekly({})], ...moments), [false, true, true, false])
  assert.deepEqual(holds([weekly({ days: ['sun'] })], '2026-11-22T23:00:00Z', '2026-11-23T01:00:00Z'), [
    true,
    true,
  ])
  assert.deepEqual(holds([weekly({ days: ['sun'] })], '2026-11-22T01:00:00Z'), [false])
})

test('one that begins and ends at the same time lasts a day', () => {
  const all = weekly({ fromMinuteOfDay: 0, toMinuteOfDay: 0 })
  assert.deepEqual(
    holds(
      [all],
      '2026-11-20T23:59:00Z',
      '2026-11-21T00:00:00Z',
      '2026-11-21T23:59:00Z',
      '2026-11-22T00:00:00Z',
    ),
    [false, true, true, false],
  )
})

test('the clocks of the zone count, in summer and in winter', () => {
  const zone = weekly({ timeZone: 'Europe/Berlin' })
  assert.deepEqual(holds([zone], '2026-11-21T21:00:00Z', '2026-07-18T20:00:00Z', '2026-07-18T19:59:00Z'), [
    true,
    true,
    false,
  ])
})

test('the hour that comes twice is in the window twice, the one that is left out not at all', () => {
  const night = weekly({ days: ['sun'], fromMinuteOfDay: 120, toMinuteOfDay: 180, timeZone: 'Europe/Berlin' })
  // Clocks go back from 3 to 2 at 01:00 UTC on 2026-10-25, and forward from 2 to 3 at 01:00 UTC on 2026-03-29.
  assert.deepEqual(
    holds(
      [night],
      '2026-10-24T23:59:00Z',
      '2026-10-25T00:00:00Z',
      '2026-10-25T01:59:00Z',
      '2026-10-25T02:00:00Z',
    ),
    [false, true, true, false],
  )
  assert.deepEqual(holds([night], '2026-03-29T00:59:00Z', '2026-03-29T01:00:00Z'), [false, false])
})

test('what was answered for one minute is not taken for another', () => {
  const maintenance = createMaintenance([weekly({})])
  const at = (wallMs: number): string | undefined => maintenance.at(wallMs)
  assert.equal(at(wall('2026-11-21T22:30:00Z')), 'weekly')
  assert.equal(at(wall('2026-11-21T20:30:00Z')), undefined)
  assert.equal(at(wall('2026-11-21T22:30:30Z')), 'weekly')
})
