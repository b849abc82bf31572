// Threshold rules in PromQL: shares of requests from the same counters as objectives, backends from what the gateways see of
// them, and readings of machines.
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { printDuration } from '../../core/units.ts'
import { equals, toGlobMatcher, toNumber, toRange, toSelector } from '../promql.ts'
import type { BackendRule, GaugeName, GaugeRule, RequestRule, ThresholdRule } from '../threshold-rule.ts'
import { toScopeLabels } from '../thresholds/rule-conditions.ts'
import { toAnnotations, toLiteral } from './annotations.ts'
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

interface GaugeText {
  readonly measure: string
  /** By which function of the template language a reading is printed. */
  readonly print: string
  /** What is read, over so long. */
  readonly mean: (selectorOf: (metric: { readonly name: string }) => string, range: string) => string
}

const meanOf = (selector: string, range: string): string => `avg_over_time(${selector}[${range}])`

/** The readings of the collectors; of several GPUs, disks or gateways each is compared alone. */
const GAUGE_TEXTS: Readonly<Record<GaugeName, GaugeText>> = {
  gpuMemory: {
    measure: 'of the memory of GPU {{ $labels.gpu }} are in use',
    print: 'humanizePercentage',
    mean: (selectorOf, range) =>
      `${meanOf(selectorOf(CATALOGUE.gpuMemoryUsed), range)} / ${meanOf(selectorOf(CATALOGUE.gpuMemoryTotal), range)}`,
  },
  gpuUtilization: {
    measure: 'of the time GPU {{ $labels.gpu }} is busy',
    print: 'humanizePercentage',
    mean: (selectorOf, range) => meanOf(selectorOf(CATALOGUE.gpuUtilization), range),
  },
  gpuTemperature: {
    measure: '°C at GPU {{ $labels.gpu }}',
    print: 'humanize',
    mean: (selectorOf, range) => meanOf(selectorOf(CATALOGUE.gpuTemperature), range),
  },
  hostMemory: {
    measure: 'of the memory are in use',
    print: 'humanizePercentage',
    mean: (selectorOf, range) => meanOf(selectorOf(CATALOGUE.hostMemory), range),
  },
  hostCpu: {
    measure: 'of the CPU are in use',
    print: 'humanizePercentage',
    mean: (selectorOf, range) => meanOf(selectorOf(CATALOGUE.hostCpu), range),
  },
  hostDisk: {
    measure: 'of the disk at {{ $labels.mount }} are in use',
    print: 'humanizePercentage',
    mean: (selectorOf, range) => meanOf(selectorOf(CATALOGUE.hostDisk), range),
  },
}

/** Other exporters have names like these too: the job tells ours. */
function toGaugeRule(rule: GaugeRule, options: RuleOptions): AlertingRule {
  const { measure, print, mean } = GAUGE_TEXTS[rule.gauge]
  const range = printDuration(rule.overMs)
  const scope = [equals('job', options.job), ...toMatchers(options.matchers)]
  return toAlert(rule, options, {
    expr: `${mean(({ name }) => toSelector(name, scope), range)} > ${toNumber(rule.above)}`,
    labels: {},
    summary: `{{ $value | ${print} }} ${measure} at {{ $labels.instance }} over ${range}`,
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
