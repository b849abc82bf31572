// Which time a report is about, from the words of a command line, in the zone that it is asked for. Pure.
import { createCalendar } from '../../core/calendar.ts'
import { parseDuration } from '../../core/units.ts'
import type { PeriodQuestion } from '../../app/sla.ts'
import { parseMoment } from '../../records/read/moment.ts'

export interface PeriodFlags {
  readonly month?: string
  readonly since?: string
  readonly until?: string
}

export interface PeriodContext {
  readonly nowMs: number
  readonly timeZone: string
}

export type ReadPeriod = { readonly period: PeriodQuestion } | { readonly complaints: readonly string[] }

export type ReadSpan =
  | { readonly period: Extract<PeriodQuestion, { readonly kind: 'span' }> }
  | { readonly complaints: readonly string[] }

const EXPECT_MONTH = 'expected a month such as 2026-10'
export const EXPECT_ZONED_MOMENT =
  'expected how long ago, such as 7d, or a time by the clocks of the zone, such as 2026-10-01 or 2026-10-01T14:30'

/** Without any of the flags: the month that is going on. */
export function readPeriod(flags: PeriodFlags, context: PeriodContext): ReadPeriod {
  const { month, since, until } = flags
  if (month !== undefined && (since !== undefined || until !== undefined))
    return { complaints: ['--month is a time by itself: leave out --since and --until'] }
  if (since === undefined && until === undefined) {
    const period = parseMonth(month ?? toMonth(context))
    return period === undefined ? { complaints: [`--month: ${EXPECT_MONTH}`] } : { period }
  }
  if (since === undefined) return { complaints: ['--until needs --since: from when on?'] }
  return readSpan(since, until, context)
}

/** Both by the clocks of the zone; until now without an end. */
export function readSpan(since: string, until: string | undefined, context: PeriodContext): ReadSpan {
  const fromMs = parseZoned(since, context, 'start')
  const toMs = until === undefined ? context.nowMs : parseZoned(until, context, 'end')
  const complaints = [
    ...(fromMs === undefined ? [`--since: ${EXPECT_ZONED_MOMENT}`] : []),
    ...(toMs === undefined ? [`--until: ${EXPECT_ZONED_MOMENT}`] : []),
  ]
  if (fromMs === undefined || toMs === undefined) return { complaints }
  return toMs > fromMs
    ? { period: { kind: 'span', fromMs, toMs } }
    : { complaints: ['--until: nothing lies between --since and then'] }
}

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/

function parseMonth(text: string): PeriodQuestion | undefined {
  const match = MONTH.exec(text.trim())
  return match === null ? undefined : { kind: 'month', year: Number(match[1]), month: Number(match[2]) }
}

const LOCAL = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}))?$/
const DAY_MS = 86_400_000

/** A day alone is its start, or, as the end of a time, the start of the next. */
export function parseZoned(
  text: string,
  { nowMs, timeZone }: PeriodContext,
  bound: 'start' | 'end',
): number | undefined {
  const match = LOCAL.exec(text.trim())
  if (match === null) {
    // A time of day alone means today, but whose?
    const isBare = /^\d{2}:\d{2}/.test(text.trim())
    return isBare && parseDuration(text) === undefined ? undefined : parseMoment(text, nowMs, bound)
  }
  const [, day = '', time] = match
  const dayMs = Date.parse(`${day}T00:00:00Z`)
  // The 31st of June is the first of July to the machine, and a mistake to whoever wrote it.
  if (!Number.isFinite(dayMs) || !new Date(dayMs).toISOString().startsWith(day)) return undefined
  const localMs =
    time === undefined ? dayMs + (bound === 'end' ? DAY_MS : 0) : Date.parse(`${day}T${time}:00Z`)
  return Number.isFinite(localMs) ? createCalendar(timeZone).wall(localMs) : undefined
}

function toMonth({ nowMs, timeZone }: PeriodContext): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit' })
  return format.format(nowMs)
}

export function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
