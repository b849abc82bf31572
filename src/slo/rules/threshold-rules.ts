// Threshold rules in PromQL: shares of requests from the same counters as objectives, backends from what the gateways see of
// them, and readings of machines.
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { printDuration } from '../../core/units.ts'
import { equals, toGlobMatcher, toNumber, toRange, toSelector } from '../promql.ts'
import type { BackendRule, GaugeName, GaugeRule, RequestRule, ThresholdRule } from '../threshold-rule.ts'
import { toScopeLabels } from '../thresholds/rule-conditions.ts'
import { toAnnotations, toLiteral, toLiteralLabels } from './annotations.ts'
import { toCountedSeries, toMatchers, toRecordingRules } from './recorded.ts'
import { EVALUATE_EVERY, type AlertingRule, type Rule, type RuleGroup, type RuleOptions } from './rule.ts'

/** One group for each rule, so that Prometheus may evaluate them side by side. */
export function toThresholdGroup(rule: ThresholdRule, options: RuleOptions): RuleGroup {
  return { name: `weir-rule-${rule.name}`, interval: EVALUATE_EVERY, rules: toRulesOf(rule, options) }
}

function toRulesOf(rule: ThresholdRule, options: RuleOptions): readonly Rule[] {
  switch (rule.kind) {
    case 'requests':
      return toRequestRules(rule, options)
    case 'backend-down':
      return [toBackendRule(rule, options)]
    case 'gauge':
      return [toGaugeRule(rule, options)]
  }
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

/** The readings of the collectors. Of the memory of GPUs it is bytes, to be divided by those there are. */
export const GAUGE_METRICS: Readonly<Record<GaugeName, { readonly name: string }>> = {
  gpuMemory: CATALOGUE.gpuMemoryUsed,
  gpuUtilization: CATALOGUE.gpuUtilization,
  gpuTemperature: CATALOGUE.gpuTemperature,
  hostMemory: CATALOGUE.hostMemory,
  hostCpu: CATALOGUE.hostCpu,
  hostDisk: CATALOGUE.hostDisk,
}

/** In the template language of Prometheus. */
const PERCENTAGE = '{{ $value | humanizePercentage }}'
const GAUGE_SUMMARIES: Readonly<Record<GaugeName, string>> = {
  gpuMemory: `${PERCENTAGE} of the memory of GPU {{ $labels.gpu }} is in use`,
  gpuUtilization: `GPU {{ $labels.gpu }} is busy ${PERCENTAGE} of the time`,
  gpuTemperature: 'GPU {{ $labels.gpu }} is {{ $value | humanize }} °C hot',
  hostMemory: `${PERCENTAGE} of the memory is in use`,
  hostCpu: `${PERCENTAGE} of the CPU is in use`,
  hostDisk: `${PERCENTAGE} of the disk at {{ $labels.mount }} is in use`,
}

/**
 * Of several GPUs, disks or gateways each is compared alone. Other exporters have names like these too: the job tells ours.
 */
function toGaugeRule(rule: GaugeRule, options: RuleOptions): AlertingRule {
  const { gauge, above, overMs } = rule
  const range = printDuration(overMs)
  const scope = [equals('job', options.job), ...toMatchers(options.matchers)]
  const meanOf = ({ name }: { readonly name: string }): string =>
    `avg_over_time(${toSelector(name, scope)}[${range}])`
  const mean = meanOf(GAUGE_METRICS[gauge])
  return toAlert(rule, options, {
    expr: `${gauge === 'gpuMemory' ? `${mean} / ${meanOf(CATALOGUE.gpuMemoryTotal)}` : mean} > ${toNumber(above)}`,
    labels: {},
    summary: `${GAUGE_SUMMARIES[gauge]} at {{ $labels.instance }}, over ${range}`,
  })
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
    labels: toLiteralLabels({
      ...options.labels,
      ...options.matchers,
      ...parts.labels,
      rule: rule.name,
      severity: rule.severity,
    }),
    annotations: toAnnotations({
      summary: parts.summary,
      description: rule.description === undefined ? undefined : toLiteral(rule.description),
      runbook_url: rule.runbook === undefined ? undefined : toLiteral(rule.runbook),
    }),
  }
}
