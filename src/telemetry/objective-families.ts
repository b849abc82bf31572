// The metrics of objectives, from what is known of them when a page is asked for. Counts nothing itself.
import type { ObjectiveLive } from '../core/live.ts'
import { SERVICE_LEVEL_METRICS } from './catalogue/service-levels.ts'
import { toSampledFamily } from './exposition.ts'
import type { SampledFamily } from './exposition.ts'

/** Lines of exposition set aside for each objective: four, and burn rates over seven windows. */
export const LINES_PER_OBJECTIVE = 11

export function toObjectiveFamilies(objectives: readonly ObjectiveLive[]): readonly SampledFamily[] {
  const { sloObjective, sloBudgetRemaining, sloBurnRate, sloGood, sloEvents } = SERVICE_LEVEL_METRICS
  const known = (read: (objective: ObjectiveLive) => number | undefined) =>
    objectives.flatMap((objective) => {
      const value = read(objective)
      return value === undefined ? [] : [[[objective.name], value] as const]
    })
  const burnRates = objectives.flatMap(({ name, burnRates: rates }) =>
    rates.map(({ window, rate }) => [[name, window], rate] as const),
  )
  return [
    toSampledFamily(
      sloObjective,
      known(({ targetRatio }) => targetRatio),
    ),
    toSampledFamily(
      sloBudgetRemaining,
      known(({ budgetRemainingRatio }) => budgetRemainingRatio),
    ),
    toSampledFamily(sloBurnRate, burnRates),
    toSampledFamily(
      sloGood,
      known(({ good }) => good),
    ),
    toSampledFamily(
      sloEvents,
      known(({ events }) => events),
    ),
  ]
}
