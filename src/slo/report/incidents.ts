// When a budget was spent faster than the promise allows: stretches of the tape that people would call an incident. Pure.
import { EMPTY_SUM, addSums, badOf, badRatioOf } from '../burn-rate.ts'
import type { ObjectiveSum } from '../../core/minutes.ts'
import type { Piece } from './tape.ts'

export interface Burn {
  readonly fromMinute: number
  readonly toMinute: number
  readonly sum: ObjectiveSum
  readonly isByHour: boolean
}

export interface BurnLimits {
  readonly budgetRatio: number
  /** Fewer are chance. */
  readonly minBadEvents: number
}

/** It is over when for so long no minute was worse than promised, and something went well meanwhile; */
const QUIET_MINUTES = 10
/** or when for so long nothing was bad, whether or not anybody came. */
const SILENT_MINUTES = 60

interface Run {
  readonly fromMinute: number
  toMinute: number
  sum: ObjectiveSum
  /** Since it burned last. */
  after: ObjectiveSum
  isByHour: boolean
}

/** In the order of time. From the first minute that is worse than promised to the last. */
export function findBurns(pieces: readonly Piece[], limits: BurnLimits): readonly Burn[] {
  const burns: Burn[] = []
  let run: Run | undefined
  const end = (): void => {
    if (run !== undefined && isIncident(run.sum, limits)) burns.push(toBurn(run))
    run = undefined
  }
  for (const piece of pieces) {
    if (run !== undefined && piece.minute - run.toMinute >= SILENT_MINUTES) end()
    const sum = { ...EMPTY_SUM, good: piece.good, total: piece.total }
    if ((badRatioOf(sum) ?? 0) > limits.budgetRatio) {
      run = burnOn(run, piece, sum)
      continue
    }
    if (run === undefined) continue
    run.after = addSums(run.after, sum)
    const quietMinutes = piece.minute + piece.length - run.toMinute
    if (run.after.total > 0 && quietMinutes >= QUIET_MINUTES) end()
  }
  end()
  return burns
}

function burnOn(run: Run | undefined, { minute, length }: Piece, sum: ObjectiveSum): Run {
  const toMinute = minute + length
  const isByHour = length > 1
  if (run === undefined) return { fromMinute: minute, toMinute, sum, after: EMPTY_SUM, isByHour }
  run.sum = addSums(addSums(run.sum, run.after), sum)
  run.after = EMPTY_SUM
  run.toMinute = toMinute
  run.isByHour ||= isByHour
  return run
}

function isIncident(sum: ObjectiveSum, { budgetRatio, minBadEvents }: BurnLimits): boolean {
  return badOf(sum) >= minBadEvents && (badRatioOf(sum) ?? 0) > budgetRatio
}

function toBurn({ fromMinute, toMinute, sum, isByHour }: Run): Burn {
  return { fromMinute, toMinute, sum, isByHour }
}
