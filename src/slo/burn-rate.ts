// How fast a budget is spent: from whole numbers to ratios. Pure; every comparison of a ratio with a limit is made here, so
// that generated rules can make the same ones.
import type { ObjectiveSum } from '../core/minutes.ts'
import { toThresholdRatio } from './windows/config.ts'

export const EMPTY_SUM: ObjectiveSum = { good: 0, total: 0, excluded: 0, minutes: 0 }

export function addSums(left: ObjectiveSum, right: ObjectiveSum): ObjectiveSum {
  return {
    good: left.good + right.good,
    total: left.total + right.total,
    excluded: left.excluded + right.excluded,
    minutes: left.minutes + right.minutes,
  }
}

export function badOf({ good, total }: ObjectiveSum): number {
  return total - good
}

/** Bad events / events; undefined where nothing was counted. */
export function badRatioOf(sum: ObjectiveSum): number | undefined {
  return sum.total === 0 ? undefined : badOf(sum) / sum.total
}

/** 1 spends the budget in exactly the objective's window; undefined where nothing was counted. */
export function burnRateOf(sum: ObjectiveSum, budgetRatio: number): number | undefined {
  const badRatio = badRatioOf(sum)
  return badRatio === undefined ? undefined : badRatio / budgetRatio
}

/** Whether the budget is spent faster than the factor allows. A window without events burns nothing. */
export function burnsFaster(sum: ObjectiveSum, factor: number, budgetRatio: number): boolean {
  const badRatio = badRatioOf(sum)
  return badRatio !== undefined && badRatio > toThresholdRatio(factor, budgetRatio)
}

export interface LeastEvents {
  readonly minEvents: number
  readonly minBadEvents: number
}

/** Whether there is enough to say anything at all. */
export function isEnough(sum: ObjectiveSum, { minEvents, minBadEvents }: LeastEvents): boolean {
  return sum.total >= minEvents && badOf(sum) >= minBadEvents
}
