// For how long somebody has been counting without a break, at each minute of the past: only who was there can say that nothing came.
import type { Span } from '../report/report.ts'
import type { Tape } from '../report/tape.ts'

export interface Presence {
  /** Whole minutes up to this one; 0 while nobody is there. */
  readonly watchedAt: (minute: number) => number
  /** Minutes of the span without anybody. */
  readonly missing: number
}

/** A gateway that is started anew is back within this. */
const BREAK_MINUTES = 2

/** Undefined where no counts are kept: then nobody can tell. */
export function toPresence(tapes: readonly Tape[], { fromMinute, toMinute }: Span): Presence | undefined {
  const present = new Uint8Array(toMinute - fromMinute)
  for (const { pieces } of tapes)
    for (const { minute, length } of pieces)
      present.fill(1, Math.max(0, minute - fromMinute), Math.max(0, minute + length - fromMinute))
  const counted = present.reduce((sum, each) => sum + each, 0)
  if (counted === 0) return undefined
  const since = toSince(present)
  return {
    watchedAt(minute) {
      const at = minute - fromMinute
      const began = since[at] ?? NOBODY
      return began === NOBODY ? 0 : at - began
    },
    missing: present.length - counted,
  }
}

const NOBODY = -1

/** Since when somebody has been there, for each minute. */
function toSince(present: Uint8Array): Float64Array {
  const since = new Float64Array(present.length)
  let began = NOBODY
  let away = 0
  for (let at = 0; at < present.length; at += 1) {
    away = present[at] === 1 ? 0 : away + 1
    if (away > BREAK_MINUTES) began = NOBODY
    else if (began === NOBODY && away === 0) began = at
    since[at] = began
  }
  return since
}
