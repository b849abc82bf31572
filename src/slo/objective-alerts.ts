// Which alerts of an objective its evaluation calls for, with what people need to know of it. Pure.
import type { Alert, AlertFacts, BackendOut, BlamedSlice, ObjectiveFacts, Spending } from '../core/alert.ts'
import { parseGlob } from '../core/glob.ts'
import { printDuration } from '../core/units.ts'
import type { Condition } from './conditions.ts'
import type { BurnState, Evaluation } from './evaluate.ts'
import type { Objective, Scope } from './objective.ts'
import { promiseOf, windowTextOf } from './resolve.ts'
import { BURN_ALERT, EXHAUSTED_ALERT, NO_DATA_ALERT } from './rules/objective-rules.ts'
import { toAbout, toScopeLabels, type BackendSeen } from './thresholds/rule-conditions.ts'
import { MINUTE_MS } from './windows/config.ts'

export interface ObjectiveState {
  readonly objective: Objective
  readonly evaluation: Evaluation
  readonly blamed: readonly BlamedSlice[]
  /** Undefined where nobody looks at backends. */
  readonly backends?: readonly BackendSeen[] | undefined
}

export function toNoDataAlert({ objective, evaluation, blamed }: ObjectiveState): Condition['alert'] {
  const slo = toFacts({ objective, evaluation, blamed }, undefined)
  const sinceMs = (objective.noDataMinutes ?? 0) * MINUTE_MS
  const facts = { kind: 'no-data', slo, sinceMs } as const
  return toAlert(objective, { name: NO_DATA_ALERT, severity: 'ticket', facts })
}

/** In the order in which people want to hear of them; one of a kind and severity, however many pairs of windows see it. */
export function toObjectiveConditions(state: ObjectiveState): readonly Condition[] {
  const { objective, evaluation } = state
  const alerts: Condition['alert'][] = []
  for (const severity of ['page', 'ticket'] as const) {
    const burns = evaluation.burns.filter(({ pair }) => pair.severity === severity)
    const [burn] = burns.filter(({ isFiring }) => isFiring)
    if (burn !== undefined) {
      const facts: AlertFacts = { ...toBurnFacts(state, burn), ...toCourse(burns) }
      alerts.push(toAlert(objective, { name: BURN_ALERT, severity, facts }))
    }
  }
  if (evaluation.isExhausted) {
    const spending = toSpending(evaluation.burns)
    const slo = toFacts(state, undefined)
    const facts: AlertFacts = { kind: 'exhausted', slo, ...(spending !== undefined && { spending }) }
    alerts.push(toAlert(objective, { name: EXHAUSTED_ALERT, severity: 'ticket', facts }))
  }
  if (evaluation.isWithoutData) alerts.push(toNoDataAlert(state))
  return alerts.map((alert) => ({ alert, forMs: 0 }))
}

function toAlert(
  { name: slo, scope }: Objective,
  alert: Pick<Alert, 'name' | 'severity' | 'facts'>,
): Condition['alert'] {
  return { ...alert, labels: { slo, ...toScopeLabels(scope) } }
}

/** Whether it goes on, for whoever decides when people are told that it is over. */
function toCourse(burns: readonly BurnState[]): { readonly isEasing: boolean; readonly isPartial: boolean } {
  const shortest = Math.min(...burns.map(({ pair }) => pair.shortMinutes))
  const firing = burns.filter(({ isFiring }) => isFiring)
  return {
    isEasing: firing.every(({ pair }) => pair.shortMinutes > shortest),
    isPartial: firing.every(({ isWhole }) => !isWhole),
  }
}

function toSpending(burns: readonly BurnState[]): Spending | undefined {
  const firing = burns.find(({ isFiring }) => isFiring)
  const [recent] = burns.toSorted((left, right) => left.pair.shortMinutes - right.pair.shortMinutes)
  if (firing?.burnRate === undefined || recent === undefined) return undefined
  return {
    burnRate: firing.burnRate,
    longWindow: printDuration(firing.pair.longMinutes * MINUTE_MS),
    recentBurnRate: recent.shortBurnRate,
    recentWindow: printDuration(recent.pair.shortMinutes * MINUTE_MS),
  }
}

function toBurnFacts(state: ObjectiveState, burn: BurnState): Extract<AlertFacts, { kind: 'burn' }> {
  const { pair, burnRate, badEvents, events, exhaustedInMs } = burn
  return {
    kind: 'burn',
    slo: toFacts(state, exhaustedInMs),
    longWindow: printDuration(pair.longMinutes * MINUTE_MS),
    shortWindow: printDuration(pair.shortMinutes * MINUTE_MS),
    burnRate: burnRate ?? 0,
    factor: pair.factor,
    badEvents,
    events,
  }
}

function toFacts(
  { objective, evaluation, blamed, backends = [] }: ObjectiveState,
  exhaustedInMs: number | undefined,
): ObjectiveFacts {
  const down = backends.flatMap((seen) => toBackendOut(seen, objective.scope))
  return {
    objective: objective.name,
    promise: promiseOf(objective),
    about: toAbout(objective.indicator),
    targetRatio: objective.targetRatio,
    attainedRatio: evaluation.attainedRatio,
    windowText: windowTextOf(objective),
    budgetRemainingRatio: evaluation.budgetRemainingRatio,
    exhaustedInMs,
    blamed,
    ...(down.length > 0 && { down }),
  }
}

/** Where requests of the scope may go, unless it answers; with the models that they may ask it for. */
function toBackendOut({ name, up, models }: BackendSeen, scope: Scope): readonly BackendOut[] {
  if (up !== false || !parseGlob(scope.backend ?? '*')(name)) return []
  const isWanted = parseGlob(scope.model ?? '*')
  // A pattern of a backend stands for names that nobody has listed.
  const wanted = models.filter((model) => model.includes('*') || isWanted(model))
  return wanted.length === 0 && models.length > 0 ? [] : [{ backend: name, models: wanted }]
}
