// From rounds to what people ask: how many times the floor, how much later than without a proxy, what each part of Weir costs. Pure.
import { DIRECT } from './experiment.ts'
import type { ExperimentName } from './experiment.ts'
import { WHOLE_CHAT } from './readers/jobs.ts'
import type { ExperimentResult, TargetRounds } from './run.ts'
import { median, pairwise, summarise } from './statistics.ts'
import type { Summary } from './statistics.ts'
import { FLOOR, WEIR } from './target.ts'

export interface Ratio {
  readonly target: string
  readonly figure: string
  /** Median of the target's rounds divided by the median of the floor's. */
  readonly ratio: number
  /** The same for each pair of neighbouring rounds: how sure one can be. */
  readonly paired: Summary
}

export interface Added {
  readonly target: string
  readonly figure: string
  /** Whose figure was taken off: the stub without a proxy, or the floor. */
  readonly against: string
  /** Of the differences of neighbouring rounds. */
  readonly difference: Summary
}

export interface Cost {
  readonly what: string
  readonly micros: Summary
}

export const KEPT_FIGURE = 'keptMicros'

/** What becomes of a request once it is over, beside all that the floor does for one. */
export interface Share {
  /** Of a whole chat, the kind that `requests` sends. */
  readonly micros: number
  readonly ofFloorRatio: number
}

export function toValues(rounds: TargetRounds, figure: string): number[] {
  return rounds.rounds.map((figures) => {
    const value = figures[figure]
    if (value === undefined) throw new Error(`${rounds.target} has no figure ${figure}`)
    return value
  })
}

function findMeasured(result: ExperimentResult, name: string): TargetRounds | undefined {
  return result.targets.find(({ target, rounds }) => target === name && rounds.length > 0)
}

export function toRatios(result: ExperimentResult): Ratio[] {
  const figure = result.experiment.columns[0]?.figure
  const floor = findMeasured(result, FLOOR)
  if (result.experiment.comparison !== 'ratio' || floor === undefined || figure === undefined) return []
  const floorValues = toValues(floor, figure)
  return result.targets
    .filter(({ rounds }) => rounds.length > 0)
    .map((rounds) => {
      const values = toValues(rounds, figure)
      return {
        target: rounds.target,
        figure,
        ratio: median(values) / median(floorValues),
        paired: summarise(pairwise(values, floorValues, (mine, its) => mine / its)),
      }
    })
}

export function toAdded(result: ExperimentResult): Added[] {
  if (result.experiment.comparison !== 'added') return []
  const figures = result.experiment.columns
    .map(({ figure }) => figure)
    .filter((name) => name.endsWith('Millis'))
  return [DIRECT, FLOOR].flatMap((against) => {
    const reference = findMeasured(result, against)
    if (reference === undefined) return []
    return result.targets
      .filter(({ target, rounds }) => rounds.length > 0 && target !== DIRECT && target !== against)
      .flatMap((rounds) =>
        figures.map((figure) => ({
          target: rounds.target,
          figure,
          against,
          difference: summarise(
            pairwise(toValues(rounds, figure), toValues(reference, figure), (mine, its) => mine - its),
          ),
        })),
      )
  })
}

/** From the barest to the fullest; each step adds what its words say. */
const STEPS = [
  { target: 'weir-bare', over: FLOOR, what: 'pipeline, record and metrics' },
  { target: 'weir-quiet', over: 'weir-bare', what: 'keys' },
  { target: 'weir-unlimited', over: 'weir-quiet', what: 'log line' },
  { target: 'weir-unrecorded', over: 'weir-unlimited', what: 'limits' },
  { target: 'weir', over: 'weir-unrecorded', what: 'records kept, without the thread that writes them' },
  { target: 'weir', over: FLOOR, what: 'everything together' },
]

/** What the parts of Weir cost per request, as far as the run has both sides of a step. */
export function toCosts(result: ExperimentResult): Cost[] {
  if (result.experiment.name !== 'requests') return []
  return STEPS.flatMap(({ target, over, what }) => {
    const [more, less] = [findMeasured(result, target), findMeasured(result, over)]
    if (more === undefined || less === undefined) return []
    const [left, right] = [more, less].map((rounds) => toValues(rounds, 'cpuPerRequestMicros'))
    if (left === undefined || right === undefined) return []
    return [
      { what: `${what} (${target} − ${over})`, micros: summarise(pairwise(left, right, (a, b) => a - b)) },
    ]
  })
}

/** Undefined unless the run has both sides. */
export function toReadersShare(results: readonly ExperimentResult[]): Share | undefined {
  const chats = findIn(results, 'readers', WHOLE_CHAT)
  const floor = findIn(results, 'requests', FLOOR)
  if (chats === undefined || floor === undefined) return undefined
  const micros = median(toValues(chats, 'togetherMicros'))
  return { micros, ofFloorRatio: micros / median(toValues(floor, 'cpuPerRequestMicros')) }
}

/**
 * What keeping its record adds to a request: measured by itself, because a hundredth or two drown in the difference of two whole
 * processes, which is shown beside it, and held against a request that was measured right after. Undefined where Weir took no part.
 */
export function toKept(results: readonly ExperimentResult[]): Ratio | undefined {
  const chats = findIn(results, 'readers', WHOLE_CHAT)
  if (chats?.rounds.every((figures) => figures['requestMicros'] !== undefined) !== true) return undefined
  const [kept, requests] = [toValues(chats, KEPT_FIGURE), toValues(chats, 'requestMicros')]
  const shares = pairwise(kept, requests, (mine, all) => mine / (all - mine))
  return { target: WEIR, figure: KEPT_FIGURE, ratio: median(shares), paired: summarise(shares) }
}

function findIn(
  results: readonly ExperimentResult[],
  name: ExperimentName,
  target: string,
): TargetRounds | undefined {
  const result = results.find(({ experiment }) => experiment.name === name)
  return result && findMeasured(result, target)
}
