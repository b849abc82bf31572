// When a budget was spent faster than the promise allows: parts of the tape that people would call an incident. Pure.
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

/** Minutes without a break that were each worse than promised, and what came after them up to the next. */
interface Stretch {
  readonly fromMinute: number
  toMinute: number
  sum: ObjectiveSum
  after: ObjectiveSum
  isByHour: boolean
}

/** In the order of time. From the first minute of a burning to the last; a failure or two before or after it are none of it. */
export function findBurns(pieces: readonly Piece[], limits: BurnLimits): readonly Burn[] {
  const burns: Burn[] = []
  let run: Stretch[] = []
  const end = (): void => {
    const burn = toBurn(withoutLoneEnds(run, limits))
    if (burn !== undefined && isIncident(burn.sum, limits)) burns.push(burn)
    run = []
  }
  for (const piece of pieces) {
    const before = run.at(-1)
    if (before !== undefined && piece.minute - before.toMinute >= SILENT_MINUTES) end()
    const sum = { ...EMPTY_SUM, good: piece.good, total: piece.total }
    if ((badRatioOf(sum) ?? 0) > limits.budgetRatio) {
      burnOn(run, piece, sum)
      continue
    }
    const last = run.at(-1)
    if (last === undefined) continue
    last.after = addSums(last.after, sum)
    const quietMinutes = piece.minute + piece.length - last.toMinute
    if (last.after.total > 0 && quietMinutes >= QUIET_MINUTES) end()
  }
  end()
  return burns
}

function burnOn(run: Stretch[], { minute, length }: Piece, sum: ObjectiveSum): void {
  const last = run.at(-1)
  const [toMinute, isByHour] = [minute + length, length > 1]
  // Where nothing went well in between, it never stopped.
  if (last === undefined || last.after.total > 0) {
    run.push({ fromMinute: minute, toMinute, sum, after: EMPTY_SUM, isByHour })
    return
  }
  last.sum = addSums(last.sum, sum)
  last.toMinute = toMinute
  last.isByHour ||= isByHour
}

/** Where something burns, what is too little to be an incident lies at neither end of it. */
function withoutLoneEnds(run: readonly Stretch[], limits: BurnLimits): readonly Stretch[] {
  const burns = ({ sum }: Stretch): boolean => badOf(sum) >= limits.minBadEvents
  const [first, last] = [run.findIndex(burns), run.findLastIndex(burns)]
  return first === -1 ? run : run.slice(first, last + 1)
}

function isIncident(sum: ObjectiveSum, { budgetRatio, minBadEvents }: BurnLimits): boolean {
  return badOf(sum) >= minBadEvents && (badRatioOf(sum) ?? 0) > budgetRatio
}

function toBurn(stretches: readonly Stretch[]): Burn | undefined {
  const [first, last] = [stretches[0], stretches.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const sum = stretches.reduce(
    (all, stretch) => addSums(all, stretch === last ? stretch.sum : addSums(stretch.sum, stretch.after)),
    EMPTY_SUM,
  )
  const isByHour = stretches.some((stretch) => stretch.isByHour)
  return { fromMinute: first.fromMinute, toMinute: last.toMinute, sum, isByHour }
}
