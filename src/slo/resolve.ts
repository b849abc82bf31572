// From what people write about service levels to what the program reads: objectives, rules, times of maintenance. Pure.
import { parseAbove, toAlertName, type RuleSettings } from './thresholds/config.ts'
import { toPromise, toWindowText, type Indicator, type SloSettings } from './config.ts'
import type { MaintenanceSettings } from './maintenance/config.ts'
import type { MaintenanceWindow } from './maintenance/maintenance.ts'
import type { Counted, Objective, ObjectiveWindow, Scope } from './objective.ts'
import type { ServiceLevelSettings } from './settings/config.ts'
import type { GaugeName, RequestRule, ThresholdRule } from './threshold-rule.ts'
import { DEFAULT_BURNS, MINUTE_MS, toBudgetRatio, toReachable, type BurnPair } from './windows/config.ts'
import { printDuration } from '../core/units.ts'

/** Fewer bad events are chance, not trouble; whoever asks for less than this many events at all is content with those. */
const LEAST_BAD_EVENTS = 5

export interface ServiceLevels {
  readonly objectives: readonly Objective[]
  readonly rules: readonly ThresholdRule[]
  readonly maintenance: readonly MaintenanceWindow[]
}

export function toServiceLevels(settings: ServiceLevelSettings): ServiceLevels {
  return {
    objectives: settings.slos.map((slo) => toObjective(slo, settings.timezone)),
    rules: toRules(settings.rules),
    maintenance: settings.maintenance.flatMap((entry) => toWindow(entry, settings.timezone) ?? []),
  }
}

/** Everything of which events are counted by the minute. */
export function toCounted({ objectives, rules }: ServiceLevels): readonly Counted[] {
  return [...objectives, ...rules.flatMap((rule) => (rule.kind === 'requests' ? [rule.counted] : []))]
}

function toObjective(slo: SloSettings, timezone: string): Objective {
  const budgetRatio = toBudgetRatio(slo.objective)
  return {
    name: slo.name,
    description: slo.description,
    scope: toScope(slo.match),
    indicator: slo.sli,
    excludeCold: slo.exclude.includes('cold'),
    targetRatio: slo.objective,
    budgetRatio,
    window: toObjectiveWindow(slo, timezone),
    minEvents: slo.minEvents,
    minBadEvents: Math.min(slo.minEvents, LEAST_BAD_EVENTS),
    burns: toBurns(slo).map((pair) => toReachable(pair, budgetRatio)),
    noDataMinutes: slo.noData === Infinity ? undefined : Math.ceil(slo.noData / MINUTE_MS),
    runbook: slo.runbook,
  }
}

function toScope({ model, route, tenant, backend }: SloSettings['match']): Scope {
  return { model, route, tenant, backend }
}

function toObjectiveWindow({ window, timeZone }: SloSettings, timezone: string): ObjectiveWindow {
  return window.kind === 'month' ? { kind: 'month', timeZone: timeZone ?? timezone } : window
}

function toBurns({ alerts }: SloSettings): readonly BurnPair[] {
  return (
    alerts?.map(({ severity, long, short, factor }) => ({
      ...{ severity, factor },
      longMinutes: long / MINUTE_MS,
      shortMinutes: short / MINUTE_MS,
    })) ?? DEFAULT_BURNS
  )
}

/** `95% of first tokens within 2s`, in the same words wherever it is told. */
export function promiseOf({ indicator, targetRatio }: Objective): string {
  return toPromise(indicator, targetRatio)
}

/** `30 days`, or `the month`. */
export function windowTextOf({ window }: Objective): string {
  return toWindowText(window)
}

function toWindow(settings: MaintenanceSettings, timezone: string): MaintenanceWindow | undefined {
  const { name, from, to, weekly, timeZone = timezone } = settings
  if (weekly !== undefined) {
    const { days, from: fromMinuteOfDay, to: toMinuteOfDay } = weekly
    return { kind: 'weekly', name, days, fromMinuteOfDay, toMinuteOfDay, timeZone }
  }
  // The rules between settings hold that one of the two forms is there.
  return from === undefined || to === undefined ? undefined : { kind: 'once', name, fromMs: from, toMs: to }
}

/** What is watched of backends when nobody says anything about them: one that is away for a minute is told of. */
const DEFAULT_BACKEND_RULE: ThresholdRule = {
  kind: 'backend-down',
  name: 'backend-down',
  alert: 'BackendDown',
  severity: 'page',
  forMs: MINUTE_MS,
  description: undefined,
  runbook: undefined,
  backend: '*',
}

function toRules(settings: readonly RuleSettings[]): readonly ThresholdRule[] {
  const rules = settings.map(toRule)
  return rules.some(({ kind }) => kind === 'backend-down') ? rules : [...rules, DEFAULT_BACKEND_RULE]
}

/** Names of what is counted for a rule: no objective can have one of these. */
const RULE_PREFIX = 'rule:'

const PERCENT = 100

function toRule(settings: RuleSettings): ThresholdRule {
  const { name, description, measure, severity, runbook, match } = settings
  const base = { name, alert: toAlertName(name), severity, forMs: settings.for, description, runbook }
  const above = parseAbove(measure, settings.above ?? '') ?? 0
  switch (measure) {
    case 'backendDown':
      return { ...base, kind: 'backend-down', backend: match.backend ?? '*' }
    case 'errors':
      return { ...base, ...toRequestPart(settings, { kind: 'availability' }), limitRatio: above }
    case 'duration':
    case 'firstToken':
    case 'perToken':
    case 'interToken':
    case 'guard': {
      const quantile = Number((settings.quantile ?? 'p95').slice(1)) / PERCENT
      const indicator = { kind: measure, thresholdMs: above } as const
      return { ...base, ...toRequestPart(settings, indicator), limitRatio: toBudgetRatio(quantile) }
    }
    default:
      return { ...base, kind: 'gauge', gauge: measure satisfies GaugeName, above, overMs: settings.over }
  }
}

type RequestPart = Pick<
  RequestRule,
  'kind' | 'counted' | 'overMinutes' | 'minEvents' | 'minBadEvents' | 'measure'
>

function toRequestPart({ name, match, over, minEvents }: RuleSettings, indicator: Indicator): RequestPart {
  return {
    kind: 'requests',
    counted: { name: RULE_PREFIX + name, scope: toScope(match), indicator, excludeCold: false },
    overMinutes: over / MINUTE_MS,
    minEvents,
    minBadEvents: Math.min(minEvents, LEAST_BAD_EVENTS),
    measure: toMeasure(indicator),
  }
}

const MEASURES: Readonly<Record<Indicator['kind'], (threshold: string) => string>> = {
  availability: () => 'failed requests',
  duration: (threshold) => `requests slower than ${threshold}`,
  firstToken: (threshold) => `first tokens later than ${threshold}`,
  perToken: (threshold) => `answers slower than ${threshold} per token`,
  interToken: (threshold) => `answers with gaps over ${threshold}`,
  guard: (threshold) => `guard checks slower than ${threshold}`,
}

function toMeasure(indicator: Indicator): string {
  return MEASURES[indicator.kind](
    indicator.kind === 'availability' ? '' : printDuration(indicator.thresholdMs),
  )
}
