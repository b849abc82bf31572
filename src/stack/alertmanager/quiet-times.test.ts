import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toConfig } from '../../../test/support/weir.ts'
import { toQuietTimes } from './quiet-times.ts'

function intervalsOf(weekly: object, timeZone: string): readonly unknown[] {
  const config = toConfig({ maintenance: [{ name: 'quiet', weekly, timeZone }] })
  return toQuietTimes(config).flatMap((quiet) => quiet.time_intervals)
}

const on = (weekday: string, start: string, end: string, location = 'UTC') => ({
  weekdays: [weekday],
  times: [{ start_time: start, end_time: end }],
  location,
})

test('a time that ends on the next day is two', () => {
  assert.deepEqual(intervalsOf({ days: ['sun'], from: '22:00', to: '02:00' }, 'UTC'), [
    on('sunday', '22:00', '24:00'),
    on('monday', '00:00', '02:00'),
  ])
  assert.deepEqual(intervalsOf({ days: ['sun'], from: '22:00', to: '00:00' }, 'UTC'), [
    on('sunday', '22:00', '24:00'),
  ])
})

test('Alertmanager knows zones by their exact names only', () => {
  assert.deepEqual(intervalsOf({ days: ['mon'], from: '08:00', to: '09:00' }, 'asia/shanghai'), [
    on('monday', '08:00', '09:00', 'Asia/Shanghai'),
  ])
})

test('Alertmanager knows no zone by its offset: what is meant is said in UTC, on the day that it is there', () => {
  const early = { days: ['mon'], from: '02:00', to: '04:30' }
  assert.deepEqual(intervalsOf(early, '+05:30'), [on('sunday', '20:30', '23:00')])
  assert.deepEqual(intervalsOf(early, '+03:00'), [
    on('sunday', '23:00', '24:00'),
    on('monday', '00:00', '01:30'),
  ])
  assert.deepEqual(intervalsOf({ days: ['sun'], from: '22:00', to: '02:00' }, '-03:00'), [
    on('monday', '01:00', '05:00'),
  ])
})
