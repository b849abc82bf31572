// The tape of the generated tests: an evening that goes well, an outage, and the hours after it. Numbers only.
import type { ObjectiveSum } from '../../core/minutes.ts'

interface Stretch {
  readonly minutes: number
  /** Of the requests that come each minute. */
  readonly isGood: boolean
}

/** Long enough before for a window of an hour, long enough after for the page to end. */
const STRETCHES: readonly Stretch[] = [
  { minutes: 120, isGood: true },
  { minutes: 25, isGood: false },
  { minutes: 155, isGood: true },
]

export const TAPE_MINUTES = STRETCHES.reduce((minutes, stretch) => minutes + stretch.minutes, 0)

/** In the notation of promtool, one sample a minute from zero on. */
export interface TapeSeries {
  readonly good: string
  readonly events: string
}

export function toTapeSeries(perMinute: number): TapeSeries {
  let good = 0
  const parts = STRETCHES.map(({ minutes, isGood }, at) => {
    // The sample at the end of a stretch is the first of its minutes; the very first one stands before all of them.
    const first = at === 0 ? good : good + (isGood ? perMinute : 0)
    const step = isGood ? perMinute : 0
    good += step * minutes
    return `${first}+${step}x${at === 0 ? minutes : minutes - 1}`
  })
  return { good: parts.join(' '), events: `0+${perMinute}x${TAPE_MINUTES}` }
}

/** Of the `minutes` before the sample at `end`. */
export function sumOfTape(perMinute: number, end: number, minutes: number): ObjectiveSum {
  const from = Math.max(0, end - minutes)
  const total = perMinute * (end - from)
  return { good: perMinute * goodMinutesBetween(from, end), total, excluded: 0, minutes: end - from }
}

function goodMinutesBetween(from: number, end: number): number {
  let at = 0
  let good = 0
  for (const { minutes, isGood } of STRETCHES) {
    if (isGood) good += Math.max(0, Math.min(end, at + minutes) - Math.max(from, at))
    at += minutes
  }
  return good
}
