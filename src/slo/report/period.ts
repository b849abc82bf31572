// Which minutes a report is about: a calendar month in a zone, or from one moment to another. Pure.
import { createCalendar } from '../../core/calendar.ts'
import { MINUTE_MS } from '../windows/config.ts'
import type { Span } from './report.ts'

export type PeriodQuestion =
  /** In the zone of each objective; months from 1. */
  | { readonly kind: 'month'; readonly year: number; readonly month: number }
  /** Wall clock, milliseconds since the epoch. */
  | { readonly kind: 'span'; readonly fromMs: number; readonly toMs: number }

export interface Period extends Span {
  /** When all of it is over; `toMinute` is where it has come to. */
  readonly endMinute: number
}

/** No zone is half a month from UTC. */
const MIDDLE_OF_MONTH = 15

/** The minute that is not over is not in it. Undefined when none of it is over yet. */
export function toPeriod(question: PeriodQuestion, timeZone: string, nowMs: number): Period | undefined {
  const { fromMinute, endMinute } = toWhole(question, timeZone)
  const toMinute = Math.min(endMinute, Math.floor(nowMs / MINUTE_MS))
  return toMinute > fromMinute ? { fromMinute, toMinute, endMinute } : undefined
}

function toWhole(question: PeriodQuestion, timeZone: string): Omit<Period, 'toMinute'> {
  if (question.kind === 'span')
    return {
      fromMinute: Math.floor(question.fromMs / MINUTE_MS),
      endMinute: Math.floor(question.toMs / MINUTE_MS),
    }
  const { year, month } = question
  const { startMs, endMs } = createCalendar(timeZone).at('month', Date.UTC(year, month - 1, MIDDLE_OF_MONTH))
  return { fromMinute: Math.floor(startMs / MINUTE_MS), endMinute: Math.floor(endMs / MINUTE_MS) }
}
