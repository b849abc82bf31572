// In which minutes of a period anybody was there to count. A minute without a gateway is no good minute; it is shown. Pure.
import type { Coverage, Gap } from './report.ts'
import type { Piece, Tape } from './tape.ts'

export function toCoverage({ fromMinute, toMinute, pieces, hoursOnly, isRounded }: Tape): Coverage {
  const minutes = toMinute - fromMinute
  // An hour that is counted whole may reach over the end of the period.
  const counted = Math.min(
    minutes,
    pieces.reduce((sum, piece) => sum + piece.counted, 0),
  )
  const idle = pieces.filter(isIdle).length
  const gaps = findGaps({ fromMinute, toMinute, pieces })
  return { ...{ minutes, counted, idle, missing: minutes - counted, gaps, hoursOnly, isRounded } }
}

function isIdle({ length, total, excluded }: Piece): boolean {
  return length === 1 && total + excluded === 0
}

function findGaps({
  fromMinute,
  toMinute,
  pieces,
}: Pick<Tape, 'fromMinute' | 'toMinute' | 'pieces'>): readonly Gap[] {
  const gaps: Gap[] = []
  let next = fromMinute
  for (const { minute, length, counted } of pieces) {
    if (minute > next) gaps.push(toGap(next === fromMinute ? 'before' : 'within', next, minute))
    next = minute + length
    if (counted < length)
      gaps.push({ kind: 'within', fromMinute: minute, toMinute: next, minutes: length - counted })
  }
  if (toMinute > next) gaps.push(toGap(next === fromMinute ? 'before' : 'after', next, toMinute))
  return gaps
}

function toGap(kind: Gap['kind'], fromMinute: number, toMinute: number): Gap {
  return { kind, fromMinute, toMinute, minutes: toMinute - fromMinute }
}
