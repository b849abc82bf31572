// Which threshold rules hold now, from sums, backends and gauges. Pure: whoever asks remembers since when.
import type { AboutFacts, AlertFacts } from '../../core/alert.ts'
import { parseGlob } from '../../core/glob.ts'
import type { ObjectiveSum } from '../../core/minutes.ts'
import { badRatioOf, isEnough } from '../burn-rate.ts'
import type { Condition } from '../conditions.ts'
import type { Indicator, Scope } from '../objective.ts'
import type { BackendRule, GaugeName, GaugeRule, RequestRule, ThresholdRule } from '../threshold-rule.ts'
import type { Mean } from './gauge-means.ts'

/** What routing knows of a backend. */
export interface BackendSeen {
  readonly name: string
  /** Answered its last probe; undefined before the first one. */
  readonly up: boolean | undefined
  readonly reason: string
  /** Names and patterns; empty while it has never said. */
  readonly models: readonly string[]
}

export interface RuleFindings {
  /** Of the last minutes, of what is counted for the rule. */
  readonly sumOf: (rule: RequestRule) => ObjectiveSum
  readonly backends: readonly BackendSeen[]
  readonly meansOf: (rule: GaugeRule) => readonly Mean[]
  /** Whether this one held when it was looked at last. */
  readonly held: (alert: Condition['alert']) => boolean
}

export function toRuleConditions(rule: ThresholdRule, findings: RuleFindings): readonly Condition[] {
  const alerts =
    rule.kind === 'requests'
      ? toRequestAlerts(rule, findings)
      : rule.kind === 'backend-down'
        ? toBackendAlerts(rule, findings)
        : toGaugeAlerts(rule, findings)
  return alerts.map((alert) => ({ alert, forMs: rule.forMs }))
}

type Alerts = readonly Condition['alert'][]

function toRequestAlerts(rule: RequestRule, { sumOf }: RuleFindings): Alerts {
  const sum = sumOf(rule)
  const badRatio = badRatioOf(sum)
  if (badRatio === undefined || badRatio <= rule.limitRatio || !isEnough(sum, rule)) return []
  const { measure, limitRatio, counted } = rule
  const facts = toThresholdFacts(rule, {
    ...{ measure, about: toAbout(counted.indicator) },
    ...{ value: badRatio, threshold: limitRatio, unit: 'ratio' },
  })
  return [toAlert(rule, toScopeLabels(rule.counted.scope), facts)]
}

export function toAbout(indicator: Indicator): AboutFacts {
  return {
    kind: indicator.kind,
    thresholdMs: indicator.kind === 'availability' ? undefined : indicator.thresholdMs,
  }
}

/** The labels of a scope, as far as it has them: what alerts are routed and silenced by. */
export function toScopeLabels(scope: Scope): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(scope).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

function toBackendAlerts(rule: BackendRule, { backends }: RuleFindings): Alerts {
  const matches = parseGlob(rule.backend)
  return backends
    .filter(({ name, up }) => up === false && matches(name))
    .map(({ name, reason, models }) =>
      toAlert(rule, { backend: name }, { kind: 'backend-down', backend: name, reason, models }),
    )
}

const GAUGE_WORDS: Readonly<
  Record<GaugeName, { readonly measure: string; readonly unit: 'ratio' | 'count' }>
> = {
  gpuMemory: { measure: 'GPU memory in use', unit: 'ratio' },
  gpuUtilization: { measure: 'GPU utilization', unit: 'ratio' },
  gpuTemperature: { measure: 'GPU temperature in °C', unit: 'count' },
  hostMemory: { measure: 'memory in use', unit: 'ratio' },
  hostCpu: { measure: 'CPU in use', unit: 'ratio' },
  hostDisk: { measure: 'disk in use', unit: 'ratio' },
}

/** A mean over too little begins nothing, and ends nothing that held before a restart. */
function toGaugeAlerts(rule: GaugeRule, { meansOf, held }: RuleFindings): Alerts {
  return meansOf(rule).flatMap(({ labels, value, isWhole }) => {
    const { measure, unit } = GAUGE_WORDS[rule.gauge]
    const about = { kind: rule.gauge, thresholdMs: undefined }
    const facts = toThresholdFacts(rule, { measure, about, value, threshold: rule.above, unit })
    const alert = toAlert(rule, labels, facts)
    return value > rule.above && (isWhole || held(alert)) ? [alert] : []
  })
}

type ThresholdFacts = Extract<AlertFacts, { readonly kind: 'threshold' }>

function toThresholdFacts(
  { name, forMs }: ThresholdRule,
  compared: Omit<ThresholdFacts, 'kind' | 'rule' | 'forMs'>,
): ThresholdFacts {
  return { kind: 'threshold', rule: name, ...compared, forMs }
}

function toAlert(
  { alert, name, severity }: ThresholdRule,
  labels: Readonly<Record<string, string>>,
  facts: AlertFacts,
): Condition['alert'] {
  return { name: alert, labels: { rule: name, ...labels }, severity, facts }
}
