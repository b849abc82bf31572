// When nothing is promised: windows once, and windows of every week in the time of a zone. It knows no clock.
import { createCalendar, type LocalTime } from '../../core/calendar.ts'
import { WEEKDAYS, type Weekday } from './config.ts'

export type MaintenanceWindow =
  | {
      readonly kind: 'once'
      readonly name: string
      /** Wall clock, milliseconds since the epoch; the end is exclusive. */
      readonly fromMs: number
      readonly toMs: number
    }
  | {
      readonly kind: 'weekly'
      readonly name: string
      /** On which it begins. */
      readonly days: readonly Weekday[]
      /** Minutes after midnight by the clocks of the zone; an end that is not after the beginning is on the next day. */
      readonly fromMinuteOfDay: number
      readonly toMinuteOfDay: number
      readonly timeZone: string
    }

export interface Maintenance {
  /** The name of a window in which this moment lies. */
  at(wallMs: number): string | undefined
}

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
const DAYS_PER_WEEK = 7

/** Weekly windows are looked up once a minute: the moments it is asked about are mostly of the same one. */
export function createMaintenance(windows: readonly MaintenanceWindow[]): Maintenance {
  const once = windows.filter((window) => window.kind === 'once')
  const weekly = windows.filter((window) => window.kind === 'weekly')
  const calendars = new Map(weekly.map(({ timeZone }) => [timeZone, createCalendar(timeZone)]))
  const findWeekly = (wallMs: number): string | undefined =>
    weekly.find((window) => {
      const calendar = calendars.get(window.timeZone)
      return calendar !== undefined && holdsWeekly(window, calendar.local(wallMs))
    })?.name
  let lastMinute: number | undefined
  let lastAnswer: string | undefined
  return {
    at(wallMs) {
      const now = once.find(({ fromMs, toMs }) => wallMs >= fromMs && wallMs < toMs)
      if (now !== undefined || weekly.length === 0) return now?.name
      const minute = Math.floor(wallMs / MINUTE_MS)
      if (minute !== lastMinute) {
        lastAnswer = findWeekly(wallMs)
        lastMinute = minute
      }
      return lastAnswer
    },
  }
}

/**
 * By what the clocks of the zone show: the hour that comes twice in autumn is in the window twice, the one that is left out in spring
 * not at all.
 */
function holdsWeekly(
  { days, fromMinuteOfDay, toMinuteOfDay }: Extract<MaintenanceWindow, { readonly kind: 'weekly' }>,
  { weekday, minuteOfDay }: LocalTime,
): boolean {
  const beginsOn = (day: number): boolean => {
    const name = WEEKDAYS[((day % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK]
    return name !== undefined && days.includes(name)
  }
  const endMinute = toMinuteOfDay > fromMinuteOfDay ? toMinuteOfDay : toMinuteOfDay + DAY_MINUTES
  const isSince = (day: number, minute: number): boolean =>
    beginsOn(day) && minute >= fromMinuteOfDay && minute < endMinute
  return isSince(weekday, minuteOfDay) || isSince(weekday - 1, minuteOfDay + DAY_MINUTES)
}
