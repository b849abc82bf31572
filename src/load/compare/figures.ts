// One figure of two sides: what it was, what it is, and in which interval its change lies. Pure.
import type { LoadDocument, StoredSlice } from '../baseline/document.ts'
import { toValue } from '../histogram.ts'
import { createRandom } from '../random.ts'
import type { Metric } from '../slice.ts'
import type { Figure } from './expression.ts'
import {
  drawFigures,
  figureOf,
  quantileOf,
  SHARE,
  toSide,
  type Run,
  type Side,
  type Statistic,
} from './resample.ts'

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface Compared {
  readonly figure: Figure
  /** Milliseconds, tokens per second, or a ratio; undefined where nothing was measured. */
  readonly base: number | undefined
  readonly fresh: number | undefined
  /** `relative` to the base for times and speeds, a difference for shares. */
  readonly change: number | undefined
  /** 95 % of repetitions of the same two runs would show a change in here. */
  readonly interval: Interval | undefined
  /** Of each side. */
  readonly counts: readonly [base: number, fresh: number]
  /** The smaller side has fewer values beyond the percentile than a statement needs. */
  readonly needed: number | undefined
}

/** The percentile of an interval of 95 %, and how many repetitions show it without much noise of their own. */
const CONFIDENCE_RATIO = 0.95
export const DRAWS = 1_000
/** Always the same: two looks at the same files must not differ. */
const SEED = 1
/** Fewer values beyond a percentile than this, and it rests on chance. */
const LEAST_BEYOND = 5

export interface FigureSides {
  readonly base: readonly LoadDocument[]
  readonly fresh: readonly LoadDocument[]
  /** Of the bootstrap. */
  readonly draws?: number
}

export function compareFigure(figure: Figure, { base, fresh, draws = DRAWS }: FigureSides): Compared {
  const reading = toReading(figure)
  const sides = [base, fresh].map((documents) => toSide(documents.map((each) => toRun(each, reading))))
  const [left, right] = sides as [Side, Side]
  const read = (side: Side): number | undefined => {
    const value = figureOf(side, reading.statistic)
    return value === undefined ? undefined : reading.toFigure(value)
  }
  const [was, is] = [read(left), read(right)]
  const change = was === undefined || is === undefined ? undefined : reading.toChange(was, is)
  const needed = reading.share === undefined ? 1 : LEAST_BEYOND / Math.min(reading.share, 1 - reading.share)
  const isEnough = Math.min(left.total, right.total) >= Math.floor(needed)
  return {
    ...{ figure, base: was, fresh: is, change },
    interval:
      change === undefined || !isEnough
        ? undefined
        : toInterval(reading, sides as [Side, Side], { around: change, draws }),
    counts: [left.total, right.total],
    needed: isEnough ? undefined : Math.ceil(needed),
  }
}

interface Reading {
  readonly toStretch: (slice: StoredSlice) => Run[number]
  readonly statistic: Statistic
  /** From a bucket, or as it is. */
  readonly toFigure: (value: number) => number
  readonly toChange: (was: number, is: number) => number | undefined
  /** Which percentile, if it is one. */
  readonly share: number | undefined
  readonly isRelative: boolean
}

const SECOND_MS = 1_000

function toReading(figure: Figure): Reading {
  switch (figure.kind) {
    case 'time':
      return ofTimes(figure.metric, figure.share, toValue)
    case 'speed':
      // The slow ones are those with the most time per token.
      return ofTimes('perToken', 1 - figure.share, (bucket) => SECOND_MS / toValue(bucket))
    case 'errors':
      return ofShare(({ failed }) => failed)
    case 'goodput':
      return ofShare(({ good }) => good)
  }
}

function ofTimes(metric: Metric, share: number, toFigure: (bucket: number) => number): Reading {
  return {
    ...{ statistic: quantileOf(share), toFigure, share, isRelative: true },
    toStretch: (slice) => slice[metric],
    toChange: (was, is) => (was === 0 ? undefined : is / was - 1),
  }
}

function ofShare(count: (slice: StoredSlice) => number): Reading {
  return {
    ...{ statistic: SHARE, toFigure: (value: number) => value, share: undefined, isRelative: false },
    toStretch: (slice) => [
      [0, slice.sent - count(slice)],
      [1, count(slice)],
    ],
    toChange: (was, is) => is - was,
  }
}

function toRun({ distributions: { slices } }: LoadDocument, { toStretch }: Reading): Run {
  // The last stretch is as short as the run left it, which changes nothing: values are drawn with their counts.
  return slices.map(toStretch)
}

function toInterval(
  reading: Reading,
  [left, right]: readonly [Side, Side],
  { around: change, draws }: { readonly around: number; readonly draws: number },
): Interval | undefined {
  const random = createRandom(SEED)
  const [before, after] = [left, right].map((side) => drawFigures(side, reading.statistic, { random, draws }))
  const changes = (after?.figures ?? []).flatMap((value, at) => {
    const against = before?.figures[at]
    const drawn =
      against === undefined ? undefined : reading.toChange(reading.toFigure(against), reading.toFigure(value))
    return drawn === undefined || !Number.isFinite(drawn) ? [] : [drawn]
  })
  if (changes.length === 0) return undefined
  changes.sort((one, other) => one - other)
  const widening = Math.max(before?.widening ?? 1, after?.widening ?? 1)
  const at = (share: number): number =>
    changes[Math.min(changes.length - 1, Math.floor(share * changes.length))] ?? change
  const tail = (1 - CONFIDENCE_RATIO) / 2
  return widen(
    { low: at(tail), high: at(1 - tail) },
    { around: change, by: widening, isRelative: reading.isRelative },
  )
}

/** Away from what was measured; a relative change as a factor, so that it never falls below -100 %. */
function widen(
  { low, high }: Interval,
  { around, by, isRelative }: { readonly around: number; readonly by: number; readonly isRelative: boolean },
): Interval {
  const stretch = (edge: number): number =>
    isRelative && around > -1
      ? (1 + around) * ((1 + edge) / (1 + around)) ** by - 1
      : around + (edge - around) * by
  return { low: Math.min(around, stretch(low)), high: Math.max(around, stretch(high)) }
}
