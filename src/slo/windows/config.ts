// Over which windows a budget is watched, and from which rate on somebody is told: numbers with their source, and how
// they are written. Data and arithmetic; nothing is counted here.
import { z } from 'zod'
import { duration, forms } from '../../config/fields.ts'

/** One pair of windows of a burn-rate alert: both must burn faster than the factor. */
export interface BurnPair {
  readonly severity: 'page' | 'ticket'
  readonly longMinutes: number
  readonly shortMinutes: number
  readonly factor: number
}

export const MINUTE_MS = 60_000
const HOUR_MINUTES = 60
const DAY_MINUTES = 1_440

/**
 * Google, The Site Reliability Workbook, chapter 5, table 5-8, for 30 days: 2 % of the budget in an hour, 5 % in six hours,
 * 10 % in three days. The short window is a twelfth of the long one: it ends the alert soon after the trouble has ended.
 */
export const DEFAULT_BURNS: readonly BurnPair[] = [
  { severity: 'page', longMinutes: HOUR_MINUTES, shortMinutes: 5, factor: 14.4 },
  { severity: 'page', longMinutes: 6 * HOUR_MINUTES, shortMinutes: 30, factor: 6 },
  { severity: 'ticket', longMinutes: 3 * DAY_MINUTES, shortMinutes: 6 * HOUR_MINUTES, factor: 1 },
]

/** What burn rates are shown over, beside those that alerts look at. */
export const SHOWN_WINDOWS_MINUTES: readonly number[] = [
  5,
  30,
  HOUR_MINUTES,
  2 * HOUR_MINUTES,
  6 * HOUR_MINUTES,
  DAY_MINUTES,
  3 * DAY_MINUTES,
]

/** The share of bad events from which a factor that could never be reached tells somebody instead. */
const RESCALED_RATIO = 0.8

/** Decimals that a promise is written with and a subtraction does not add noise to: 1 - 0.995 is 0.005. */
const RATIO_DIGITS = 12

export function toBudgetRatio(targetRatio: number): number {
  return Number((1 - targetRatio).toPrecision(RATIO_DIGITS))
}

/** The share of bad events above which a window burns faster than the factor. */
export function toThresholdRatio(factor: number, budgetRatio: number): number {
  return Number((factor * budgetRatio).toPrecision(RATIO_DIGITS))
}

/** A share of bad events is never above 1: what would need more could not fire even if nothing worked. */
export function isReachable(factor: number, budgetRatio: number): boolean {
  return toThresholdRatio(factor, budgetRatio) < 1
}

/** The pair itself where it can fire, else one that fires when four of five requests are bad. */
export function toReachable(pair: BurnPair, budgetRatio: number): BurnPair {
  if (isReachable(pair.factor, budgetRatio)) return pair
  return { ...pair, factor: Number((RESCALED_RATIO / budgetRatio).toPrecision(RATIO_DIGITS)) }
}

const LEAST_FACTOR = 0.1
const MOST_FACTOR = 1_000
const EXPECT_FACTOR = `expected a number from ${LEAST_FACTOR} to ${MOST_FACTOR}, such as 14.4`
/** Burn windows end where minutes are kept at least. */
const MOST_BURN_DAYS = 30

const window = () => duration({ minMs: MINUTE_MS, maxMs: MOST_BURN_DAYS * DAY_MINUTES * MINUTE_MS })

function factor() {
  return z
    .union([z.number(), z.string()], { error: EXPECT_FACTOR })
    .transform((value, context) => {
      const factor = Number(value)
      if (factor >= LEAST_FACTOR && factor <= MOST_FACTOR) return factor
      context.addIssue({ code: 'custom', message: EXPECT_FACTOR })
      return z.NEVER
    })
    .register(forms, { form: 'number' })
}

/** How a pair is written; whole minutes and the order of the two windows are checked where all of the file is known. */
export const burnSchema = z.strictObject({
  severity: z.enum(['page', 'ticket']).describe('`page` wakes somebody, `ticket` can wait for the morning.'),
  long: window().describe('The window that tells how much is at stake, in whole minutes.'),
  short: window().describe('The window that tells whether it still goes on; a twelfth of `long` is usual.'),
  factor: factor().describe(
    'How many times faster than the promise allows the budget is spent in both windows.',
  ),
})
