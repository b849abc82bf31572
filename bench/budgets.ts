// The budgets: read from budgets.json, held against the ratios of a run. A budget that could not be measured is never kept.
import { KEPT_FIGURE } from './compare.ts'
import type { Ratio } from './compare.ts'
import type { ExperimentName } from './experiment.ts'
import { WEIR } from './target.ts'

export interface Budget {
  readonly name: string
  /** The experiments that measure it, and the figure that is limited. */
  readonly experiments: readonly ExperimentName[]
  readonly figure: string
  readonly limit: number
}

export interface Verdict extends Budget {
  /** Absent: this run did not measure it. */
  readonly ratio: number | undefined
  readonly kept: boolean
}

const KNOWN: readonly Omit<Budget, 'limit'>[] = [
  { name: 'cpuPerRequestRatio', experiments: ['requests'], figure: 'cpuPerRequestMicros' },
  { name: 'cpuPerChunkRatio', experiments: ['chunks'], figure: 'cpuPerChunkMicros' },
  { name: 'recordsShare', experiments: ['requests', 'readers'], figure: KEPT_FIGURE },
]

export function parseBudgets(text: string): Budget[] {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null) throw new Error('budgets.json holds no object')
  return Object.entries(parsed).map(([name, budget]) => {
    const known = KNOWN.find((candidate) => candidate.name === name)
    if (known === undefined) {
      throw new Error(
        `budgets.json: ${name} is none of ${KNOWN.map((candidate) => candidate.name).join(', ')}`,
      )
    }
    const limit = (budget as { limit?: unknown } | null)?.limit
    if (typeof limit !== 'number' || !(limit > 0)) {
      throw new Error(`budgets.json: ${name}.limit is no positive number`)
    }
    return { ...known, limit }
  })
}

export function judge(budgets: readonly Budget[], ratios: readonly Ratio[]): Verdict[] {
  return budgets.map((budget) => {
    const measured = ratios.find(({ target, figure }) => target === WEIR && figure === budget.figure)
    const ratio = measured?.ratio
    return { ...budget, ratio, kept: ratio !== undefined && ratio <= budget.limit }
  })
}
