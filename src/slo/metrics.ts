// What the metrics page shows of objectives: what is promised and what was counted here always, what it means while it is known.
import type { ObjectiveLive } from '../core/live.ts'
import { printDuration } from '../core/units.ts'
import type { Evaluation } from './evaluate.ts'
import type { Tally } from './minutes.ts'
import type { Objective } from './objective.ts'
import type { ServiceLevelState } from './read-port.ts'
import { MINUTE_MS, SHOWN_WINDOWS_MINUTES } from './windows/config.ts'

export function toObjectivesLive(
  { objectives }: ServiceLevelState,
  tallies: readonly Tally[],
): readonly ObjectiveLive[] {
  const known = new Map(objectives.map((each) => [each.objective.name, each]))
  return tallies.map(({ name, good, events }) => {
    const { objective, evaluation } = known.get(name) ?? {}
    return {
      ...{ name, good, events },
      targetRatio: objective?.targetRatio,
      budgetRemainingRatio: evaluation?.budgetRemainingRatio,
      burnRates: objective === undefined || evaluation === undefined ? [] : toRates(objective, evaluation),
    }
  })
}

function toRates({ burns }: Objective, { burnRates }: Evaluation): ObjectiveLive['burnRates'] {
  const pairs = burns.flatMap(({ longMinutes, shortMinutes }) => [longMinutes, shortMinutes])
  const shown = new Set([...SHOWN_WINDOWS_MINUTES, ...pairs])
  return [...burnRates].flatMap(([minutes, rate]) =>
    rate === undefined || !shown.has(minutes) ? [] : [{ window: printDuration(minutes * MINUTE_MS), rate }],
  )
}
