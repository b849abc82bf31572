// Weekly maintenance as times in which Alertmanager tells nobody. What comes once has no such form there. Pure.
import type { StackInput } from '../stack.ts'

type Maintenance = StackInput['config']['serviceLevels']['maintenance'][number]

export interface QuietTime {
  readonly name: string
  readonly time_intervals: readonly Readonly<Record<string, unknown>>[]
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const DAY_NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
const MIDNIGHT = { start: '00:00', end: '24:00' } as const
const MINUTES_PER_HOUR = 60
const MINUTES_PER_DAY = 1_440

export function toQuietTimes({
  serviceLevels: { maintenance, timezone },
}: StackInput['config']): readonly QuietTime[] {
  return maintenance.flatMap((entry) => {
    const { name, timeZone = timezone } = entry
    const { location, offsetMinutes } = toLocation(timeZone)
    const intervals = toIntervals(entry, offsetMinutes).map((interval) => ({ ...interval, location }))
    return intervals.length === 0 ? [] : [{ name, time_intervals: intervals }]
  })
}

interface Location {
  readonly location: string
  /** Of the times, ahead of the location. */
  readonly offsetMinutes: number
}

/** `+05:30`, as the program prints it. */
const OFFSET = /^([+-])(\d\d):(\d\d)$/

/** Alertmanager knows zones by the exact names of the time zone database, and none by its offset. */
function toLocation(timeZone: string): Location {
  const name = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  const [, sign, hours, minutes] = OFFSET.exec(name) ?? []
  if (sign === undefined) return { location: name, offsetMinutes: 0 }
  const ahead = Number(hours) * MINUTES_PER_HOUR + Number(minutes)
  return { location: 'UTC', offsetMinutes: sign === '-' ? -ahead : ahead }
}

/** One that ends on the next day is two: Alertmanager knows no time beyond midnight. */
function toIntervals(
  { weekly }: Maintenance,
  offsetMinutes: number,
): readonly Readonly<Record<string, unknown>>[] {
  if (weekly === undefined) return []
  const days = weekly.days.map((day) => DAYS.indexOf(day))
  const [from, to] = [toMinuteOfDay(weekly.from - offsetMinutes), toMinuteOfDay(weekly.to - offsetMinutes)]
  const dayShift = Math.floor((weekly.from - offsetMinutes) / MINUTES_PER_DAY)
  const on = (shift: number, start: string, end: string) => ({
    weekdays: days.map((day) => DAY_NAMES[(day + dayShift + shift + DAYS.length) % DAYS.length]),
    times: [{ start_time: start, end_time: end }],
  })
  if (from < to) return [on(0, toTime(from), toTime(to))]
  const evening = on(0, toTime(from), MIDNIGHT.end)
  return to === 0 ? [evening] : [evening, on(1, MIDNIGHT.start, toTime(to))]
}

function toMinuteOfDay(minutes: number): number {
  return (minutes + MINUTES_PER_DAY) % MINUTES_PER_DAY
}

function toTime(minutes: number): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${two(Math.floor(minutes / MINUTES_PER_HOUR))}:${two(minutes % MINUTES_PER_HOUR)}`
}
