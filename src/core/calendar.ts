// When days, weeks and months begin in a time zone. Pure but for what it remembers; it knows no clock.
import type { Period } from './rates.ts'

export interface CalendarPeriod {
  /** Milliseconds since the epoch: when it began, when the next one begins, and the one after that. */
  readonly startMs: number
  readonly endMs: number
  readonly nextEndMs: number
}

type CalendarUnit = Extract<Period, 'day' | 'week' | 'month'>

/** What a clock on the wall of the zone shows. */
export interface LocalTime {
  /** From 0, Monday. */
  readonly weekday: number
  readonly minuteOfDay: number
}

export interface Calendar {
  /** Of a month where the unit is none that a calendar knows: budgets have no other. */
  at(unit: Period | undefined, wallMs: number): CalendarPeriod
  local(wallMs: number): LocalTime
  /** The first moment at which its clocks show at least this: the moment at which those of UTC show the same. */
  wall(localMs: number): number
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const DAYS_PER_WEEK = 7
/** 1970-01-01 was a Thursday, so the Monday of that week is three days before it. */
const MONDAY_OFFSET_DAYS = 3
/** No zone is further from UTC, and no change of a zone's clocks is larger. */
const FURTHEST_ZONE_MS = 26 * HOUR_MS

export function createCalendar(timeZone: string): Calendar {
  const toLocal = timeZone === 'UTC' ? (wallMs: number): number => wallMs : createLocalReader(timeZone)
  const known = new Map<CalendarUnit, CalendarPeriod>()

  /** The first moment whose local time is at least this one: on the day clocks go forward midnight may not exist. */
  const toWall = (localMs: number): number => {
    if (timeZone === 'UTC') return localMs
    let low = localMs - FURTHEST_ZONE_MS
    let high = localMs + FURTHEST_ZONE_MS
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (toLocal(middle) >= localMs) high = middle
      else low = middle
    }
    return high
  }

  const compute = (unit: CalendarUnit, wallMs: number): CalendarPeriod => {
    const localStartMs = startOf(unit, toLocal(wallMs))
    const localEndMs = nextAfter(unit, localStartMs)
    return {
      startMs: toWall(localStartMs),
      endMs: toWall(localEndMs),
      nextEndMs: toWall(nextAfter(unit, localEndMs)),
    }
  }

  return {
    at(period, wallMs) {
      const unit = period === 'day' || period === 'week' ? period : 'month'
      const last = known.get(unit)
      if (last !== undefined && wallMs >= last.startMs && wallMs < last.endMs) return last
      const computed = compute(unit, wallMs)
      known.set(unit, computed)
      return computed
    },
    local: (wallMs) => toLocalTime(toLocal(wallMs)),
    wall: toWall,
  }
}

function toLocalTime(localMs: number): LocalTime {
  const day = Math.floor(localMs / DAY_MS)
  return { weekday: toWeekday(day), minuteOfDay: Math.floor((localMs - day * DAY_MS) / MINUTE_MS) }
}

/** From 0, Monday. */
function toWeekday(day: number): number {
  return (((day + MONDAY_OFFSET_DAYS) % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK
}

/** Local times are written as the moment at which UTC shows the same digits. */
function startOf(unit: CalendarUnit, localMs: number): number {
  const day = Math.floor(localMs / DAY_MS)
  if (unit === 'day') return day * DAY_MS
  if (unit === 'week') {
    return (day - toWeekday(day)) * DAY_MS
  }
  const date = new Date(localMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

function nextAfter(unit: CalendarUnit, localStartMs: number): number {
  if (unit === 'day') return localStartMs + DAY_MS
  if (unit === 'week') return localStartMs + DAYS_PER_WEEK * DAY_MS
  const date = new Date(localStartMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

function createLocalReader(timeZone: string): (wallMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (wallMs) => {
    const parts = Object.fromEntries(
      format.formatToParts(wallMs).map(({ type, value }) => [type, Number(value)]),
    )
    const of = (part: string): number => parts[part] ?? 0
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  }
}
