// Moments as people type them at a prompt: back from now, or as their clock on the wall shows them. Pure.
import { parseDuration } from '../../core/units.ts'

export const EXPECT_MOMENT =
  'expected how long ago, such as 1h or 7d, or a local time, such as 14:30, 2026-11-21 or 2026-11-21T14:30'

const WITH_ZONE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:[Zz]|[+-]\d{2}:\d{2})$/
const LOCAL =
  /^(?:(\d{4})-(\d{2})-(\d{2})(?:$|[Tt ](?=\d)))?(?:(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?$/

/** Milliseconds since the epoch. A day alone is its start, or, as the end of a time, the start of the next. */
export function parseMoment(
  text: string,
  nowMs: number,
  bound: 'start' | 'end' = 'start',
): number | undefined {
  const trimmed = text.trim()
  const agoMs = parseDuration(trimmed)
  if (agoMs !== undefined) return nowMs - agoMs
  if (WITH_ZONE.test(trimmed)) {
    const ms = Date.parse(trimmed.toUpperCase().replace(' ', 'T'))
    return Number.isFinite(ms) ? ms : undefined
  }
  const match = LOCAL.exec(trimmed)
  return match === null || trimmed === '' ? undefined : toLocal(match.slice(1), nowMs, bound)
}

type Digits = readonly (string | undefined)[]

function toLocal(digits: Digits, nowMs: number, bound: 'start' | 'end'): number | undefined {
  const [year, month, day, ...time] = digits
  const now = new Date(nowMs)
  const [y = 0, m = 0, d = 0] =
    year === undefined
      ? [now.getFullYear(), now.getMonth() + 1, now.getDate()]
      : [year, month, day].map(Number)
  const clock = toClock(time)
  if (clock === undefined) return undefined
  const at = new Date(y, m - 1, d, ...clock)
  // The 31st of June is the first of July to the machine, and a mistake to whoever wrote it.
  if (at.getMonth() !== m - 1 || at.getDate() !== d) return undefined
  if (bound === 'end' && time[0] === undefined) at.setDate(d + 1)
  return at.getTime()
}

/** Hour, minute, second, millisecond; midnight where there are none. */
function toClock([hour, minute, second, fraction]: Digits): [number, number, number, number] | undefined {
  const [h, m, s] = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)]
  if (h > 23 || m > 59 || s > 59) return undefined
  return [h, m, s, Number((fraction ?? '').padEnd(3, '0'))]
}
