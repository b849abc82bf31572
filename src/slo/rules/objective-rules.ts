// The rules of one objective: its sums, what is left of its budget, and the alerts of evaluate.ts in PromQL. The same
// comparisons with the same numbers: what the engine says of a minute, Prometheus says of the same counters.
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { windowsOf } from '../evaluate.ts'
import type { BurnPair, Objective } from '../objective.ts'
import type { Severity } from '../../core/alert.ts'
import { equals, toNumber, toRange, toSelector } from '../promql.ts'
import { promiseOf } from '../resolve.ts'
import { toScopeLabels } from '../thresholds/rule-conditions.ts'
import { toThresholdRatio } from '../windows/config.ts'
import { toAnnotations, toLiteral, toLiteralLabels, toPercentageOf, toValueOf } from './annotations.ts'
import { RECORDED, toCountedSeries, toMatchers, toRecordingRules, type CountedSeries } from './recorded.ts'
import {
  EVALUATE_EVERY,
  type AlertingRule,
  type RecordingRule,
  type RuleGroup,
  type RuleOptions,
} from './rule.ts'

export const BURN_ALERT = 'SloBudgetBurn'
export const EXHAUSTED_ALERT = 'SloBudgetExhausted'
export const NO_DATA_ALERT = 'SloNoData'
export const ABSENT_ALERT = 'SloAbsent'
/** A gateway that starts anew is back before. */
const ABSENT_FOR = '10m'

const HOUR_MINUTES = 60
const DAY_MINUTES = 1_440
/** Recorded for every objective: whether a spent budget is still being spent. */
const RECENT_MINUTES = 6 * HOUR_MINUTES

interface Subject {
  readonly objective: Objective
  readonly options: RuleOptions
  readonly series: CountedSeries
  /** Recorded: what is left of the budget. */
  readonly budget: string
}

export function toObjectiveGroup(objective: Objective, options: RuleOptions): RuleGroup {
  const series = toCountedSeries(objective.name, options)
  const budget = toSelector(RECORDED.budgetRemaining, [
    equals('slo', objective.name),
    ...toMatchers(options.matchers),
  ])
  const subject = { objective, options, series, budget }
  return {
    name: `weir-slo-${objective.name}`,
    interval: EVALUATE_EVERY,
    rules: [
      ...toRecordingRules(series, toWindows(objective)),
      toBudgetRule(subject),
      ...(['page', 'ticket'] as const).flatMap((severity) => toBurnAlerts(subject, severity)),
      toExhaustedAlert(subject),
      ...toNoDataAlerts(subject),
    ],
  }
}

/** Those of an evaluation, and the objective's own where PromQL can say it. */
function toWindows(objective: Objective): readonly number[] {
  const { window } = objective
  const own = window.kind === 'rolling' ? [window.days * DAY_MINUTES] : []
  return [...new Set([...windowsOf(objective), ...own])].toSorted((left, right) => left - right)
}

/**
 * PromQL has no window that begins on the first of a month. The gateway that evaluates knows the month and says what is left of
 * it; where several do, the smallest is believed.
 */
function toBudgetRule({ objective, options, series }: Subject): RecordingRule {
  const { window, budgetRatio, name } = objective
  if (window.kind === 'rolling') {
    const spent = `${series.badRatio(window.days * DAY_MINUTES)} / ${toNumber(budgetRatio)}`
    return { record: RECORDED.budgetRemaining, expr: `1 - ${spent}`, labels: { ...series.labels } }
  }
  const gauge = toSelector(CATALOGUE.sloBudgetRemaining.name, [
    equals('slo', name),
    ...toMatchers(options.matchers),
  ])
  return {
    record: RECORDED.budgetRemaining,
    expr: `min ${series.by} (${gauge})`,
    labels: { ...series.labels },
  }
}

/**
 * One rule for all pairs of a severity: they are one alert, however many of them see it. Its value is the share of bad events in
 * the long window of the first pair that does.
 */
function toBurnAlerts(subject: Subject, severity: BurnPair['severity']): readonly AlertingRule[] {
  const { objective, series } = subject
  const pairs = objective.burns.filter((pair) => pair.severity === severity)
  if (pairs.length === 0) return []
  const conditions = pairs.map((pair) => {
    const limit = toNumber(toThresholdRatio(pair.factor, objective.budgetRatio))
    const long = `${series.badRatio(pair.longMinutes)} > ${limit} and ${toEnough(subject, pair.longMinutes)}`
    return `(${long} and ${series.badRatio(pair.shortMinutes)} > ${limit})`
  })
  const factors = pairs.map(
    ({ factor, longMinutes }) => `${factor} times as fast as allowed over ${toRange(longMinutes)}`,
  )
  return [
    toAlert(subject, {
      alert: BURN_ALERT,
      severity,
      expr: conditions.join('\nor\n'),
      summary: `${toLiteral(objective.name)} spends its error budget too fast: {{ $value | humanizePercentage }} of events are bad`,
      description: `More than ${factors.join(', or ')}, and still so.`,
    }),
  ]
}

function toEnough({ objective, series }: Subject, minutes: number): string {
  const { minEvents, minBadEvents } = objective
  return `${series.events(minutes)} >= ${minEvents} and ${series.bad(minutes)} >= ${minBadEvents}`
}

function toExhaustedAlert(subject: Subject): AlertingRule {
  const { objective, series, budget } = subject
  const { window, budgetRatio } = objective
  const ownMinutes = window.kind === 'rolling' ? window.days * DAY_MINUTES : undefined
  const expr =
    ownMinutes === undefined
      ? `${budget} < 0`
      : `${series.badRatio(ownMinutes)} > ${toNumber(budgetRatio)} and ${toEnough(subject, ownMinutes)}`
  const over = ownMinutes === undefined ? 'this month' : `the last ${toRange(ownMinutes)}`
  return toAlert(subject, {
    alert: EXHAUSTED_ALERT,
    severity: 'ticket',
    expr,
    summary: `${toLiteral(objective.name)} has broken its promise: the error budget of ${over} is spent`,
    // The ticket that says that it still burns is hidden by this one.
    description: `What is left of it, below 0 where more was spent than there was: ${toPercentageOf(budget)}. Bad events in the last ${toRange(RECENT_MINUTES)}: ${toPercentageOf(series.badRatio(RECENT_MINUTES))}.`,
  })
}

function toNoDataAlerts(subject: Subject): readonly AlertingRule[] {
  const { objective, series } = subject
  const name = toLiteral(objective.name)
  const absent = toAlert(subject, {
    alert: ABSENT_ALERT,
    severity: 'ticket',
    expr: `absent(${series.eventsCounter})`,
    for: ABSENT_FOR,
    summary: `No gateway that Prometheus scrapes has the objective ${name}`,
    description:
      'Rules and configuration of the gateways differ, or no gateway is scraped: it is not known how it does.',
  })
  const { noDataMinutes } = objective
  if (noDataMinutes === undefined) return [absent]
  const range = toRange(noDataMinutes)
  // Without the second half, a gateway that was scraped for the first time a minute ago would be silent for long.
  const wasCounted = `sum ${series.by} (${series.eventsCounter} offset ${range}) >= 0`
  const noData = toAlert(subject, {
    alert: NO_DATA_ALERT,
    severity: 'ticket',
    expr: `${series.events(noDataMinutes)} == 0 and ${wasCounted}`,
    summary: `${name} has had no events for ${range}`,
    description: 'Nobody asks, or nobody reaches the gateway.',
  })
  return [noData, absent]
}

interface AlertParts {
  readonly alert: string
  readonly severity: Severity
  readonly expr: string
  readonly for?: string
  readonly summary: string
  readonly description: string
}

function toAlert({ objective, options, budget, series }: Subject, parts: AlertParts): AlertingRule {
  const { alert, severity, expr, summary, description } = parts
  return {
    alert,
    expr,
    ...(parts.for !== undefined && { for: parts.for }),
    labels: toLiteralLabels({
      ...options.labels,
      ...options.matchers,
      ...toScopeLabels(objective.scope),
      severity,
      slo: objective.name,
    }),
    annotations: toAnnotations({
      summary,
      description,
      objective: objective.description === undefined ? undefined : toLiteral(objective.description),
      promise: promiseOf(objective),
      budget_remaining: toPercentageOf(budget),
      events_1h: toValueOf(series.events(HOUR_MINUTES), 'humanize'),
      runbook_url: objective.runbook === undefined ? undefined : toLiteral(objective.runbook),
    }),
  }
}
