// Which alerts of an objective its evaluation calls for, with what people need to know of it. Pure.
import type { Alert, AlertFacts, BlamedSlice, ObjectiveFacts } from '../core/alert.ts'
import { printDuration } from '../core/units.ts'
import type { Condition } from './conditions.ts'
import type { BurnState, Evaluation } from './evaluate.ts'
import type { Objective } from './objective.ts'
import { promiseOf, windowTextOf } from './resolve.ts'
import { BURN_ALERT, EXHAUSTED_ALERT, NO_DATA_ALERT } from './rules/objective-rules.ts'
import { toAbout, toScopeLabels } from './thresholds/rule-conditions.ts'
import { MINUTE_MS } from './windows/config.ts'

export interface ObjectiveState {
  readonly objective: Objective
  readonly evaluation: Evaluation
  readonly blamed: readonly BlamedSlice[]
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
    const burn = evaluation.burns.find(({ pair, isFiring }) => isFiring && pair.severity === severity)
    if (burn !== undefined)
      alerts.push(toAlert(objective, { name: BURN_ALERT, severity, facts: toBurnFacts(state, burn) }))
  }
  if (evaluation.isExhausted) {
    const facts: AlertFacts = { kind: 'exhausted', slo: toFacts(state, undefined) }
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

function toBurnFacts(state: ObjectiveState, burn: BurnState): AlertFacts {
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
  { objective, evaluation, blamed }: ObjectiveState,
  exhaustedInMs: number | undefined,
): ObjectiveFacts {
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
  }
}
