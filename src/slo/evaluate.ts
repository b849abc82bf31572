// What the sums of an objective say: attained, budget left, burn rates, and which of its alerts hold. Pure: the engine, the
// generated rules, reports and replays all mean this.
import type { ObjectiveSum } from '../core/minutes.ts'
import { EMPTY_SUM, badOf, badRatioOf, burnRateOf, burnsFaster, isEnough } from './burn-rate.ts'
import type { BurnPair, Objective } from './objective.ts'
import { MINUTE_MS, SHOWN_WINDOWS_MINUTES } from './windows/config.ts'

/** All windows end at the same minute, exclusive. */
export interface WindowSums {
  /** By length in minutes; what is absent is a window in which nothing was counted. */
  readonly last: ReadonlyMap<number, ObjectiveSum>
  /** Over the objective's own window, as far as it has come. */
  readonly own: ObjectiveSum
  /** Of the whole own window, as own-window.ts gives it. */
  readonly ownLengthMinutes: number
  /** For how long somebody has been counting without a break: nothing can be missed before. */
  readonly watchedMinutes: number
}

export interface BurnState {
  readonly pair: BurnPair
  readonly isFiring: boolean
  /** Of the long window; undefined where nothing was counted. */
  readonly burnRate: number | undefined
  readonly shortBurnRate: number | undefined
  /** In the long window. */
  readonly badEvents: number
  readonly events: number
  /** Somebody was there to count in nearly all of the long window. */
  readonly isWhole: boolean
  /** At the rate of the long window; undefined when the budget is spent, or is not being spent. */
  readonly exhaustedInMs: number | undefined
}

export interface Evaluation {
  /** 0 to 1; undefined where nothing was counted. */
  readonly attainedRatio: number | undefined
  /** 1 is an untouched budget, below 0 more than all is spent. */
  readonly budgetRemainingRatio: number | undefined
  /** The promise is not kept over its window, however few events there were. */
  readonly isBreached: boolean
  readonly own: ObjectiveSum
  /** By length in minutes; undefined where nothing was counted. */
  readonly burnRates: ReadonlyMap<number, number | undefined>
  /** In the order of the objective's pairs. */
  readonly burns: readonly BurnState[]
  /** Breached, and by enough events to tell somebody. */
  readonly isExhausted: boolean
  readonly isWithoutData: boolean
}

/** Every window that an evaluation wants beside the objective's own, in minutes, ascending. */
export function windowsOf({ burns, noDataMinutes }: Objective): readonly number[] {
  const lengths = new Set([
    ...SHOWN_WINDOWS_MINUTES,
    ...burns.flatMap(({ longMinutes, shortMinutes }) => [longMinutes, shortMinutes]),
    ...(noDataMinutes === undefined ? [] : [noDataMinutes]),
  ])
  return [...lengths].toSorted((left, right) => left - right)
}

export function evaluate(objective: Objective, sums: WindowSums): Evaluation {
  const { budgetRatio } = objective
  const { own } = sums
  const badRatio = badRatioOf(own)
  const isBreached = badRatio !== undefined && badRatio > budgetRatio
  const budgetRemainingRatio = badRatio === undefined ? undefined : 1 - badRatio / budgetRatio
  const rates = windowsOf(objective).map(
    (minutes) => [minutes, burnRateOf(sumOf(sums, minutes), budgetRatio)] as const,
  )
  return {
    attainedRatio: own.total === 0 ? undefined : own.good / own.total,
    budgetRemainingRatio,
    isBreached,
    own,
    burnRates: new Map(rates),
    burns: objective.burns.map((pair) => toBurnState({ objective, sums, pair, budgetRemainingRatio })),
    isExhausted: isBreached && isEnough(own, objective),
    isWithoutData: isWithoutData(objective, sums),
  }
}

function sumOf({ last }: WindowSums, minutes: number): ObjectiveSum {
  return last.get(minutes) ?? EMPTY_SUM
}

/** A gateway that was started anew has missed some minutes. */
const WHOLE_RATIO = 0.9

interface BurnInput {
  readonly objective: Objective
  readonly sums: WindowSums
  readonly pair: BurnPair
  readonly budgetRemainingRatio: number | undefined
}

function toBurnState({ objective, sums, pair, budgetRemainingRatio }: BurnInput): BurnState {
  const { budgetRatio } = objective
  const long = sumOf(sums, pair.longMinutes)
  const short = sumOf(sums, pair.shortMinutes)
  const burnRate = burnRateOf(long, budgetRatio)
  return {
    pair,
    isFiring:
      isEnough(long, objective) &&
      burnsFaster(long, pair.factor, budgetRatio) &&
      burnsFaster(short, pair.factor, budgetRatio),
    burnRate,
    shortBurnRate: burnRateOf(short, budgetRatio),
    badEvents: badOf(long),
    events: long.total,
    isWhole: long.minutes >= pair.longMinutes * WHOLE_RATIO,
    exhaustedInMs: toExhaustedInMs(budgetRemainingRatio, burnRate, sums.ownLengthMinutes),
  }
}

/** A budget lasts its window at a rate of 1, and a part of it the part of that. */
function toExhaustedInMs(
  remainingRatio: number | undefined,
  burnRate: number | undefined,
  windowMinutes: number,
): number | undefined {
  if (remainingRatio === undefined || burnRate === undefined) return undefined
  if (remainingRatio <= 0 || burnRate <= 0) return undefined
  return Math.round((remainingRatio * windowMinutes * MINUTE_MS) / burnRate)
}

function isWithoutData({ noDataMinutes }: Objective, sums: WindowSums): boolean {
  if (noDataMinutes === undefined || sums.watchedMinutes < noDataMinutes) return false
  return sumOf(sums, noDataMinutes).total === 0
}
