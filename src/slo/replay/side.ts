// What one configuration would have said over a tape, minute by minute: the same evaluation, alerts and rules as in a gateway.
import type { ObjectiveSum } from '../../core/minutes.ts'
import { addSums, EMPTY_SUM } from '../burn-rate.ts'
import type { Condition } from '../conditions.ts'
import { evaluate, windowsOf, type Evaluation } from '../evaluate.ts'
import { createMaintenance } from '../maintenance/maintenance.ts'
import { toObjectiveConditions } from '../objective-alerts.ts'
import type { Objective } from '../objective.ts'
import type { Span } from '../report/report.ts'
import { promiseOf, type ServiceLevels } from '../resolve.ts'
import { toRuleConditions } from '../thresholds/rule-conditions.ts'
import { MINUTE_MS } from '../windows/config.ts'
import { createOwnWindows, type OwnWindows } from '../windows/own-window.ts'
import { createEpisodes, type Episode } from './episodes.ts'
import type { Presence } from './presence.ts'
import type { ReplayTape } from './tape.ts'

export interface ReplayedObjective {
  readonly name: string
  readonly promise: string
  readonly targetRatio: number
  readonly good: number
  readonly total: number
  readonly excluded: number
  /** Over all that was replayed. */
  readonly attainedRatio: number | undefined
  readonly budgetRemainingRatio: number | undefined
}

export interface ReplayedSide {
  readonly objectives: readonly ReplayedObjective[]
  readonly episodes: readonly Episode[]
}

export interface SideInput {
  readonly levels: ServiceLevels
  readonly tape: ReplayTape
  readonly span: Span
  readonly presence: Presence | undefined
  readonly resolveAfterMs: number
}

export function replaySide({ levels, tape, span, presence, resolveAfterMs }: SideInput): ReplayedSide {
  const { fromMinute, toMinute } = span
  const episodes = createEpisodes(resolveAfterMs)
  const maintenance = createMaintenance(levels.maintenance)
  const ownWindows = createOwnWindows()
  const backends = { backends: [], meansOf: () => [], held: episodes.held }
  for (let minute = fromMinute; minute < toMinute; minute += 1) {
    const endMinute = minute + 1
    const watchedMinutes = presence?.watchedAt(minute) ?? 0
    const sumOf = ({
      counted,
      overMinutes,
    }: {
      counted: { name: string }
      overMinutes: number
    }): ObjectiveSum => tape.sum(counted.name, endMinute - overMinutes, endMinute)
    const holding: readonly Condition[] = [
      ...levels.objectives.flatMap((objective) => {
        const evaluation = evaluateAt(objective, { tape, endMinute, watchedMinutes, ownWindows })
        return toObjectiveConditions({ objective, evaluation, blamed: [] })
      }),
      ...levels.rules.flatMap((rule) => toRuleConditions(rule, { ...backends, sumOf })),
    ]
    episodes.note(minute, holding, maintenance.at(minute * MINUTE_MS) !== undefined)
  }
  return {
    objectives: levels.objectives.map((objective) => toReplayed(objective, tape, span)),
    episodes: episodes.list(toMinute),
  }
}

interface Moment {
  readonly tape: ReplayTape
  readonly endMinute: number
  readonly watchedMinutes: number
  readonly ownWindows: OwnWindows
}

function evaluateAt(
  objective: Objective,
  { tape, endMinute, watchedMinutes, ownWindows }: Moment,
): Evaluation {
  const { name } = objective
  const own = ownWindows.at(objective.window, endMinute)
  const last = windowsOf(objective).map(
    (minutes) => [minutes, tape.sum(name, endMinute - minutes, endMinute)] as const,
  )
  return evaluate(objective, {
    last: new Map(last),
    own: tape.sum(name, own.fromMinute, endMinute),
    ownLengthMinutes: own.lengthMinutes,
    watchedMinutes,
  })
}

function toReplayed(
  objective: Objective,
  tape: ReplayTape,
  { fromMinute, toMinute }: Span,
): ReplayedObjective {
  const sum = addSums(EMPTY_SUM, tape.sum(objective.name, fromMinute, toMinute))
  const whole = evaluate(objective, {
    ...{ last: new Map(), own: sum, ownLengthMinutes: toMinute - fromMinute, watchedMinutes: 0 },
  })
  return {
    ...{ name: objective.name, promise: promiseOf(objective), targetRatio: objective.targetRatio },
    ...{ good: sum.good, total: sum.total, excluded: sum.excluded },
    attainedRatio: whole.attainedRatio,
    budgetRemainingRatio: whole.budgetRemainingRatio,
  }
}
