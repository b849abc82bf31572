// Threshold rules in PromQL: shares of requests from the same counters as objectives, backends from what the gateways see of
// them, and readings of machines.
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { printDuration } from '../../core/units.ts'
import { toGlobMatcher, toNumber, toRange, toSelector } from '../promql.ts'
import type { BackendRule, GaugeRule, RequestRule, ThresholdRule } from '../threshold-rule.ts'
import { toScopeLabels } from '../thresholds/rule-conditions.ts'
import { toAnnotations, toLiteral } from './annotations.ts'
import { toCountedSeries, toMatchers, toRecordingRules } from './recorded.ts'
import { EVALUATE_EVERY, type AlertingRule, type Rule, type RuleGroup, type RuleOptions } from './rule.ts'

/** A rule that cannot be said in PromQL, and why. */
export interface LeftOut {
  readonly rule: string
  readonly why: string
}

/** One group for each rule, so that Prometheus may evaluate them side by side. */
export function toThresholdGroup(rule: ThresholdRule, options: RuleOptions): RuleGroup | LeftOut {
  switch (rule.kind) {
    case 'requests':
      return toGroup(rule, toRequestRules(rule, options))
    case 'backend-down':
      return toGroup(rule, [toBackendRule(rule, options)])
    case 'gauge':
      return { rule: rule.name, why: toWhyLeftOut(rule) }
  }
}

function toGroup({ name }: ThresholdRule, rules: readonly Rule[]): RuleGroup {
  return { name: `weir-rule-${name}`, interval: EVALUATE_EVERY, rules }
}

function toRequestRules(rule: RequestRule, options: RuleOptions): readonly Rule[] {
  const series = toCountedSeries(rule.counted.name, options)
  const { overMinutes, limitRatio, minEvents, minBadEvents } = rule
  const conditions = [
    `${series.badRatio(overMinutes)} > ${toNumber(limitRatio)}`,
    `${series.events(overMinutes)} >= ${minEvents}`,
    `${series.bad(overMinutes)} >= ${minBadEvents}`,
  ]
  const alert = toAlert(rule, options, {
    // The name that its counters have is no label of the alert: by `slo`, a page would hide the ticket of another rule.
    expr: `max without (slo) (${conditions.join(' and ')})`,
    labels: toScopeLabels(rule.counted.scope),
    summary: `{{ $value | humanizePercentage }} ${toLiteral(rule.measure)} over ${toRange(overMinutes)}`,
  })
  return [...toRecordingRules(series, [overMinutes]), alert]
}

/** Down for everybody: a backend that one gateway reaches is up. */
function toBackendRule(rule: BackendRule, options: RuleOptions): AlertingRule {
  const matchers = toMatchers(options.matchers)
  const scope = rule.backend === '*' ? matchers : [toGlobMatcher('backend', rule.backend), ...matchers]
  const by = ['backend', ...matchers.map(({ label }) => label)].join(', ')
  return toAlert(rule, options, {
    expr: `max by (${by}) (${toSelector(CATALOGUE.backendUp.name, scope)}) == 0`,
    labels: {},
    summary: 'The backend {{ $labels.backend }} does not answer',
  })
}

function toWhyLeftOut({ gauge }: GaugeRule): string {
  return `${gauge} is read where the gateway runs and is no metric of it; take it from the exporter of that machine`
}

interface AlertParts {
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly summary: string
}

function toAlert(rule: ThresholdRule, options: RuleOptions, parts: AlertParts): AlertingRule {
  return {
    alert: rule.alert,
    expr: parts.expr,
    ...(rule.forMs > 0 && { for: printDuration(rule.forMs) }),
    labels: {
      ...options.labels,
      ...options.matchers,
      ...parts.labels,
      rule: rule.name,
      severity: rule.severity,
    },
    annotations: toAnnotations({
      summary: parts.summary,
      description: rule.description === undefined ? undefined : toLiteral(rule.description),
      runbook_url: rule.runbook === undefined ? undefined : toLiteral(rule.runbook),
    }),
  }
}
