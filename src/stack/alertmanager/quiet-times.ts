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

export function toQuietTimes({
  serviceLevels: { maintenance, timezone },
}: StackInput['config']): readonly QuietTime[] {
  return maintenance.flatMap((entry) => {
    const { name, timeZone = timezone } = entry
    const intervals = toIntervals(entry).map((interval) => ({ ...interval, location: timeZone }))
    return intervals.length === 0 ? [] : [{ name, time_intervals: intervals }]
  })
}

/** One that ends on the next day is two: Alertmanager knows no time beyond midnight. */
function toIntervals({ weekly }: Maintenance): readonly Readonly<Record<string, unknown>>[] {
  if (weekly === undefined) return []
  const { days, from, to } = weekly
  const on = (shift: number, start: string, end: string) => ({
    weekdays: days.map((day) => DAY_NAMES[(DAYS.indexOf(day) + shift) % DAYS.length]),
    times: [{ start_time: start, end_time: end }],
  })
  if (from < to) return [on(0, toTime(from), toTime(to))]
  const evening = on(0, toTime(from), MIDNIGHT.end)
  return to === 0 ? [evening] : [evening, on(1, MIDNIGHT.start, toTime(to))]
}

function toTime(minutes: number): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${two(Math.floor(minutes / MINUTES_PER_HOUR))}:${two(minutes % MINUTES_PER_HOUR)}`
}
