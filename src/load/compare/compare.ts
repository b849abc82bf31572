// Holds new runs against a baseline: what changed, whether chance alone could have done it, and which conditions fail. Pure.
import type { NamedDocument } from '../baseline/file.ts'
import { METRICS } from '../slice.ts'
import { findDifferences } from './comparable.ts'
import type { Condition, Figure } from './expression.ts'
import { compareFigure, DRAWS, type Compared } from './figures.ts'

/** `same`: the change may be chance. `unknown`: too little was measured. */
export type Change = 'up' | 'down' | 'same' | 'unknown'

export interface ComparedRow extends Compared {
  readonly is: Change
}

/** `noise`: beyond the limit, and chance alone could have put it there. */
export type Verdict = 'kept' | 'broken' | 'noise' | 'unknown'

export interface CheckedCondition {
  readonly condition: Condition
  readonly compared: Compared
  readonly verdict: Verdict
}

export interface Comparison {
  readonly runs: readonly [base: number, fresh: number]
  /** What else was different. */
  readonly differences: readonly string[]
  readonly rows: readonly ComparedRow[]
  readonly conditions: readonly CheckedCondition[]
  /** How it was found out, and what it does not cover. */
  readonly method: readonly string[]
}

const SHARES = [0.5, 0.95, 0.99]

const SHOWN: readonly Figure[] = [
  ...METRICS.flatMap((metric) => SHARES.map((share): Figure => ({ kind: 'time', metric, share }))),
  { kind: 'errors' },
  { kind: 'goodput' },
]

export interface ComparedSides {
  readonly base: readonly NamedDocument[]
  readonly fresh: readonly NamedDocument[]
  readonly conditions: readonly Condition[]
}

export function compareRuns({ base, fresh, conditions }: ComparedSides): Comparison {
  const documents = [base, fresh].map((side) => side.map(({ document }) => document))
  const [left = [], right = []] = documents
  const compare = (figure: Figure): Compared => compareFigure(figure, { base: left, fresh: right })
  return {
    runs: [base.length, fresh.length],
    differences: findDifferences(base, fresh),
    rows: SHOWN.map(compare)
      .filter(({ base: was, fresh: is }) => was !== undefined || is !== undefined)
      .map((compared) => ({ ...compared, is: toChange(compared) })),
    conditions: conditions.map((condition) => {
      const compared = compare(condition.figure)
      return { condition, compared, verdict: judgeCondition(condition, compared) }
    }),
    method: toMethod(base.length, fresh.length),
  }
}

function toChange({ interval }: Compared): Change {
  if (interval === undefined) return 'unknown'
  if (interval.low > 0) return 'up'
  return interval.high < 0 ? 'down' : 'same'
}

export function judgeCondition({ operator, against, limit }: Condition, compared: Compared): Verdict {
  const { base, fresh, change, interval } = compared
  const isBeyond = (value: number): boolean => (operator === '>' ? value > limit : value < limit)
  if (fresh === undefined) return 'unknown'
  if (against === 'value') return isBeyond(fresh) ? 'broken' : 'kept'
  if (base === undefined || change === undefined || interval === undefined) return 'unknown'
  const isShare = compared.figure.kind === 'errors' || compared.figure.kind === 'goodput'
  const moved = against === 'relative' || isShare ? change : fresh - base
  if (!isBeyond(moved)) return 'kept'
  const isCertain = operator === '>' ? interval.low > 0 : interval.high < 0
  return isCertain ? 'broken' : 'noise'
}

const FEW_RUNS = 3

function toMethod(base: number, fresh: number): readonly string[] {
  const how = `95 % intervals of the change by a block bootstrap over stretches of time (${DRAWS} draws, fixed seed); a change is called one when its interval leaves out zero`
  const few = Math.min(base, fresh)
  if (few === 1)
    return [
      how,
      'one run on a side: what differs from one run to the next (a warm cache, a neighbour on the machine) is not in the intervals; name several files or a folder for each side to have it in',
    ]
  return few < FEW_RUNS
    ? [
        how,
        'whole runs are drawn as well; two on a side say little about how much runs differ, three or more are better',
      ]
    : [how, 'whole runs are drawn as well, so that what differs from one run to the next is in the intervals']
}

/** 1: a condition is broken. 2: one could not be judged, and none is broken. */
export function exitCodeOf({ conditions }: Comparison): 0 | 1 | 2 {
  if (conditions.some(({ verdict }) => verdict === 'broken')) return 1
  return conditions.some(({ verdict }) => verdict === 'unknown') ? 2 : 0
}
