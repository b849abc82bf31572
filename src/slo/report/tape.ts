// The counts of an objective over a period: by the minute where minutes are kept, else by the hour. Each event is in exactly one
// piece, whichever of the two it comes from.
import type { ObjectiveMinute, ObjectiveSum } from '../../core/minutes.ts'
import { EMPTY_SUM, addSums } from '../burn-rate.ts'
import type { Span } from './report.ts'

export interface CountSource {
  minutes(query: {
    readonly objective: string
    readonly fromMinute: number
    readonly toMinute: number
    readonly step: 'minute' | 'hour'
  }): Promise<readonly ObjectiveMinute[]>
  sumMinutes(fromMinute: number, toMinute: number): Promise<ReadonlyMap<string, ObjectiveSum>>
}

export interface Piece {
  readonly minute: number
  /** 1, or 60. */
  readonly length: number
  readonly good: number
  readonly total: number
  readonly excluded: number
  /** Minutes of it in which somebody was there to count. */
  readonly counted: number
}

export interface Tape extends Span {
  /** Ascending; a minute in which nobody counted has none. */
  readonly pieces: readonly Piece[]
  readonly hoursOnly: number
  readonly isRounded: boolean
}

export const HOUR_MINUTES = 60

export async function readTape(source: CountSource, objective: string, span: Span): Promise<Tape> {
  const { fromMinute, toMinute } = span
  const whole = {
    objective,
    fromMinute: Math.floor(fromMinute / HOUR_MINUTES) * HOUR_MINUTES,
    toMinute: Math.ceil(toMinute / HOUR_MINUTES) * HOUR_MINUTES,
  }
  // In this order: what is written meanwhile makes the minutes more than their hour, never less.
  const hours = await source.minutes({ ...whole, step: 'hour' })
  const minutes = await source.minutes({ ...whole, step: 'minute' })
  const byHour = Map.groupBy(minutes, ({ minute }) => Math.floor(minute / HOUR_MINUTES) * HOUR_MINUTES)
  const gone = hours.filter((hour) => isGone(hour, byHour.get(hour.minute) ?? []))
  const goneHours = new Set(gone.map(({ minute }) => minute))
  const pieces: Piece[] = []
  for (const [hour, rows] of byHour)
    if (!goneHours.has(hour)) pieces.push(...rows.flatMap((row) => clip(row, span)))
  const within = gone.filter(({ minute }) => minute >= fromMinute && minute < toMinute)
  for (const hour of within) {
    const sums = await source.sumMinutes(hour.minute, hour.minute + HOUR_MINUTES)
    pieces.push({ ...toPiece(hour), length: HOUR_MINUTES, counted: sums.get(objective)?.minutes ?? 0 })
  }
  const isAcross = ({ minute }: ObjectiveMinute): boolean =>
    minute < fromMinute || minute + HOUR_MINUTES > toMinute
  return {
    ...{ fromMinute, toMinute, hoursOnly: within.length, isRounded: gone.some(isAcross) },
    pieces: pieces.toSorted((left, right) => left.minute - right.minute),
  }
}

/** Whether the minutes of an hour were removed, or some of them. */
function isGone(hour: ObjectiveMinute, minutes: readonly ObjectiveMinute[]): boolean {
  const kept = minutes.reduce((sum, { total, excluded }) => sum + total + excluded, 0)
  return minutes.length === 0 || kept < hour.total + hour.excluded
}

function clip(row: ObjectiveMinute, { fromMinute, toMinute }: Span): readonly Piece[] {
  return row.minute >= fromMinute && row.minute < toMinute ? [toPiece(row)] : []
}

function toPiece({ minute, good, total, excluded }: ObjectiveMinute): Piece {
  return { minute, length: 1, good, total, excluded, counted: 1 }
}

export function sumOf(pieces: readonly Piece[]): ObjectiveSum {
  return pieces.reduce<ObjectiveSum>(
    (sum, { good, total, excluded, counted }) => addSums(sum, { good, total, excluded, minutes: counted }),
    EMPTY_SUM,
  )
}
