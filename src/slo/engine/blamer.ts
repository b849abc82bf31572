// Asks who is to blame for an objective that burns: once when it begins, and again in a while. An answer that does not come is
// none; an alert never waits for it for long.
import type { BlamedSlice } from '../../core/alert.ts'
import type { Clock } from '../../core/clock.ts'
import type { Evaluation } from '../evaluate.ts'
import type { Objective } from '../objective.ts'
import { MINUTE_MS } from '../windows/config.ts'
import type { Within } from './patience.ts'

/** Divides the excess of the last minutes up to now among those who caused it, largest first. */
export type Blame = (objective: Objective, lastMinutes: number) => Promise<readonly BlamedSlice[]>

export interface Blamer {
  blamedOf(objective: Objective, evaluation: Evaluation): Promise<readonly BlamedSlice[]>
}

export interface BlamerOptions {
  readonly blame: Blame | undefined
  readonly clock: Clock
  readonly within: Within
}

const ANSWER_LIMIT_MS = 5_000
const AGAIN_AFTER_MS = 5 * MINUTE_MS
/** Of a budget that was spent over weeks, the last day is looked at. */
const EXHAUSTED_MINUTES = 1_440

interface Answer {
  readonly slices: readonly BlamedSlice[]
  readonly atMs: number
}

export function createBlamer({ blame, clock, within }: BlamerOptions): Blamer {
  const answers = new Map<string, Answer>()
  return {
    async blamedOf(objective, { burns, isExhausted }) {
      const { name } = objective
      const burn = burns.find(({ isFiring }) => isFiring)
      if (blame === undefined || (burn === undefined && !isExhausted)) {
        answers.delete(name)
        return []
      }
      const known = answers.get(name)
      if (known !== undefined && clock.now() - known.atMs < AGAIN_AFTER_MS) return known.slices
      const lastMinutes = burn?.pair.longMinutes ?? EXHAUSTED_MINUTES
      const slices = await within(ANSWER_LIMIT_MS, blame(objective, lastMinutes)).catch(
        () => known?.slices ?? [],
      )
      answers.set(name, { slices, atMs: clock.now() })
      return slices
    },
  }
}
