// A limit in doubt: fewer slots are tried, and what that shows is held against what was found before. Pure steps; it changes no
// limit itself. Two things bring a doubt about: its turn, and answers that are late at a limit that was fine.
import type { Finding } from './auto-limit-window.ts'

export const MIN_LIMIT = 1

/** First tokens as late as this, compared with an idle backend, leave room for one more; Netflix's Vegas calls it alpha. */
export const FINE = Math.log(1.5)
/** Later than this without a queue, what is usual is not known well, and the next real queue would be seen where there is none. */
const USUAL = FINE / 2
/** Half of the wait is then spent in a queue that nobody sees. */
const LATE = Math.log(2)
/** Answers that begin so much sooner with fewer at once had been waiting for each other. */
export const SOONER = Math.log(0.8)
/** Standard errors between what is seen and what it is held against, to be sure before a window is over. */
export const SURE_ERRORS = 3
/** To take it that what is usual had been learnt in a queue. */
const WRONG_ERRORS = 2

const DECREASE_RATIO = 0.75
/** With so many in use nobody waits for another, if the limit is not altogether wrong. */
export const QUIET_RATIO = 0.25

/** Two means differ no more clearly when one is of more answers than so many times the other's. */
const GAIN_COUNTS = 2

export interface Doubt {
  /** What was found before the first of the steps down. */
  readonly origin: Finding
  /** What this step is compared with. */
  readonly above: Finding
  /** What is tried. */
  readonly limit: number
  /** A step has shown that what is usual had been learnt in a queue. */
  readonly isUsualWrong: boolean
  /** So few are tried that they show anew what is usual. */
  readonly isQuiet: boolean
}

/** How clear what was found is. */
export interface Clarity {
  /** The standard error beside what was found above, and beside what is usual. */
  readonly gainError: number
  readonly usualError: number
  /** The mean by itself is as well known as it need be. */
  readonly isClear: boolean
}

/**
 * `unfounded`: the limit was right. `usual-wrong`: what is usual had been learnt in a queue. `usual-changed`: nobody waits for another,
 * all of it takes longer. `one-too-many` and `late`: a queue.
 */
export type Outcome = 'unfounded' | 'usual-wrong' | 'usual-changed' | 'one-too-many' | 'late'

export interface Step {
  /** This is usual, rather than what was thought to be. */
  readonly usual?: Finding
  /** Fewer yet are tried. */
  readonly next?: Doubt
  /** The doubt is over. */
  readonly end?: { readonly outcome: Outcome; readonly limit: number }
}

export function beginDoubt(found: Finding): Doubt {
  const limit = lowerThan(Math.min(found.limit, found.company))
  return { origin: found, above: found, limit, isUsualWrong: false, isQuiet: false }
}

/** Undefined while it is not clear enough what was found. */
export function resolveDoubt(doubt: Doubt, found: Finding, clarity: Clarity): Step | undefined {
  const { above } = doubt
  if (doubt.isQuiet) return clarity.isClear ? toUsual(above, found) : undefined
  const gain = found.mean - above.mean
  const isOver = found.count >= GAIN_COUNTS * above.count
  if (gain < SOONER - (isOver ? 0 : SURE_ERRORS) * clarity.gainError) return goOn(doubt, found, clarity)
  if (!isOver && gain <= SOONER + clarity.gainError) return undefined
  // The fewest slots tried are the nearest to nobody in the way.
  const isBelowUsual = above !== doubt.origin && found.mean < -WRONG_ERRORS * clarity.usualError
  if (doubt.isUsualWrong || isBelowUsual) return { ...settle({ ...doubt, isUsualWrong: true }), usual: found }
  return stayAbove({ ...doubt, above: poolOf(above, found) }, found)
}

/** Sooner with fewer: there was a queue, and there may be more of it. */
function goOn(doubt: Doubt, found: Finding, { usualError }: Clarity): Step {
  const isWrong = found.mean < SOONER - WRONG_ERRORS * usualError
  const next = isWrong
    ? { ...doubt, above: { ...found, mean: 0 }, isUsualWrong: true }
    : { ...doubt, above: found }
  const step = found.limit > MIN_LIMIT ? { next: { ...next, limit: found.limit >> 1 } } : settle(next)
  return isWrong ? { ...step, usual: found } : step
}

/** No sooner with fewer: there is no queue, or no more of it. */
function stayAbove(doubt: Doubt, found: Finding): Step {
  const { above } = doubt
  const quiet = Math.max(MIN_LIMIT, Math.floor(above.limit * QUIET_RATIO))
  if (above.mean <= USUAL) return settle(doubt)
  if (found.limit <= quiet) return toUsual(above, found)
  return { next: { ...doubt, limit: quiet, isQuiet: true } }
}

function settle({ origin, above, isUsualWrong }: Doubt): Step {
  if (isUsualWrong) return { end: { outcome: 'usual-wrong', limit: above.limit } }
  if (origin.mean <= FINE || origin.limit === above.limit)
    return { end: { outcome: 'unfounded', limit: origin.limit } }
  return { end: toLate(origin, origin.mean, above.limit) }
}

/** All of it was late: either what is usual has changed, or the backend slows down little by little. */
function toUsual(above: Finding, quiet: Finding): Step {
  const lateness = above.mean - quiet.mean
  const end =
    lateness <= FINE
      ? {
          outcome: above.mean <= FINE ? ('unfounded' as const) : ('usual-changed' as const),
          limit: above.limit,
        }
      : toLate(above, lateness, lowerThan(above.limit))
  return { usual: quiet, end }
}

function toLate({ limit }: Finding, lateness: number, lower: number): NonNullable<Step['end']> {
  return lateness > LATE ? { outcome: 'late', limit: lower } : { outcome: 'one-too-many', limit: limit - 1 }
}

function poolOf(above: Finding, found: Finding): Finding {
  const count = above.count + found.count
  return { ...above, mean: (above.mean * above.count + found.mean * found.count) / count }
}

export function lowerThan(limit: number): number {
  return Math.max(MIN_LIMIT, Math.floor(limit * DECREASE_RATIO))
}
