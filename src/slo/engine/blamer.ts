// Asks who is to blame for an objective that burns: once when it begins, and again in a while. An answer that does not come is
// none; an alert never waits for it for long. One is asked about at a time: in an incident many burn, and each answer reads
// thousands of records.
import type { BlamedSlice } from '../../core/alert.ts'
import type { Clock } from '../../core/clock.ts'
import { WeirError } from '../../core/errors.ts'
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
/** A store that never answers must not keep all the others from being asked about. */
const LONGEST_TURN_MS = 60_000
const AGAIN_AFTER_MS = 5 * MINUTE_MS
/** Of a budget that was spent over weeks, the last day is looked at. */
const EXHAUSTED_MINUTES = 1_440

interface Answer {
  readonly slices: readonly BlamedSlice[]
  readonly atMs: number
}

export function createBlamer({ blame, clock, within }: BlamerOptions): Blamer {
  const answers = new Map<string, Answer>()
  const inTurn = createTurns(within)

  const ask = async (objective: Objective, lastMinutes: number): Promise<readonly BlamedSlice[]> => {
    const { name } = objective
    const before = answers.get(name)?.slices ?? []
    const question = inTurn(() => blame?.(objective, lastMinutes) ?? Promise.resolve([]))
    const slices = await within(ANSWER_LIMIT_MS, question.answer).catch(() => before)
    question.giveUp()
    // Whose turn never came is asked about at the next evaluation.
    if (question.hasBegun()) answers.set(name, { slices, atMs: clock.now() })
    return slices
  }

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
      return await ask(objective, burn?.pair.longMinutes ?? EXHAUSTED_MINUTES)
    },
  }
}

interface Question<T> {
  readonly answer: Promise<T>
  hasBegun(): boolean
  /** Does not begin any more, if it has not. */
  giveUp(): void
}

/** One after the other, in the order in which they came; one that fails holds nobody up. */
function createTurns(within: Within): <T>(work: () => Promise<T>) => Question<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    let state: 'waits' | 'begun' | 'given-up' = 'waits'
    const answer = last.then(() => {
      if (state === 'given-up') throw new WeirError('internal', { message: 'Given up before its turn.' })
      state = 'begun'
      return work()
    })
    last = within(LONGEST_TURN_MS, answer).catch(() => undefined)
    return {
      answer,
      hasBegun: () => state === 'begun',
      giveUp: () => {
        if (state === 'waits') state = 'given-up'
      },
    }
  }
}
