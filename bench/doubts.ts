// Signs that a run measured the machine's other work rather than the proxies. Pure. A budget is not judged by such a run.
import { toValues } from './compare.ts'
import type { ExperimentResult, TargetRounds } from './run.ts'
import { median } from './statistics.ts'
import { FLOOR, WEIR } from './target.ts'

/** With the core to itself the floor is what limits the closed loop (85-100 % seen); the load generator alone never costs it so much. */
const LEAST_CORE_SHARE = 0.6
/** 1.00-1.02 on a quiet machine; the figure per chunk falls about as this grows. */
const MOST_EVENTS_PER_ARRIVAL = 1.1

function toRequestDoubts({ target, rounds }: TargetRounds): string[] {
  const share = median(rounds.map((figures) => figures['coreShare'] ?? Number.NaN))
  if (target !== FLOOR || share >= LEAST_CORE_SHARE) return []
  return [`requests: the ${FLOOR} got ${Math.round(share * 100)} % of its core where it could use all of it`]
}

function toChunkDoubts(measured: TargetRounds): string[] {
  const events = median(toValues(measured, 'eventsPerArrival'))
  if ((measured.target !== FLOOR && measured.target !== WEIR) || events <= MOST_EVENTS_PER_ARRIVAL) return []
  return [`chunks: ${measured.target} came late and passed on ${events.toFixed(1)} events at once`]
}

export function toDoubts(result: ExperimentResult): string[] {
  const measured = result.targets.filter(({ rounds }) => rounds.length > 0)
  if (result.experiment.name === 'requests') return measured.flatMap(toRequestDoubts)
  if (result.experiment.name === 'chunks') return measured.flatMap(toChunkDoubts)
  return []
}
