// The sums and shares of an objective as recording rules: over every window that its alerts and dashboards ask for. Sums of
// counters over all gateways, divided last: a ratio of sums weighs every request the same, an average of ratios does not.
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { equals, toRange, toSelector, type Matcher } from '../promql.ts'
import type { RecordingRule, RuleOptions } from './rule.ts'

/** The series of one objective, or of whatever else is counted in good events and events. */
export interface CountedSeries {
  /** Of every gateway, as scraped. */
  readonly goodCounter: string
  readonly eventsCounter: string
  /** Labels that are kept when gateways are added up. */
  readonly by: string
  /** The same labels with their values. A recording rule without any looks to promtool like the one of another objective. */
  readonly labels: Readonly<Record<string, string>>
  /** Recorded: events in the last so many minutes. */
  events(minutes: number): string
  bad(minutes: number): string
  /** Bad events / events; no sample where nothing was counted. */
  badRatio(minutes: number): string
}

/** Names of recorded series. Of all but the last one there is one for each window: `toRange` of it ends the name. */
export const RECORDED = {
  events: 'slo:weir_slo_events:increase',
  bad: 'slo:weir_slo_bad:increase',
  badRatio: 'slo:weir_slo_bad:ratio',
  budgetRemaining: 'slo:weir_slo_error_budget_remaining:ratio',
} as const

export function toCountedSeries(name: string, { matchers }: RuleOptions): CountedSeries {
  const scope = [equals('slo', name), ...toMatchers(matchers)]
  const recorded = (record: string) => (minutes: number) => toSelector(record + toRange(minutes), scope)
  return {
    goodCounter: toSelector(CATALOGUE.sloGood.name, scope),
    eventsCounter: toSelector(CATALOGUE.sloEvents.name, scope),
    by: `by (${scope.map(({ label }) => label).join(', ')})`,
    labels: Object.fromEntries(scope.map(({ label, value }) => [label, value])),
    events: recorded(RECORDED.events),
    bad: recorded(RECORDED.bad),
    badRatio: recorded(RECORDED.badRatio),
  }
}

/** In a stable order. */
export function toMatchers(matchers: Readonly<Record<string, string>>): readonly Matcher[] {
  return Object.entries(matchers)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([label, value]) => equals(label, value))
}

/** Three rules a window, in the order in which they need each other. */
export function toRecordingRules(
  series: CountedSeries,
  windowsMinutes: readonly number[],
): readonly RecordingRule[] {
  return windowsMinutes.flatMap((minutes) => {
    const range = toRange(minutes)
    const sumOf = (counter: string): string => `sum ${series.by} (increase(${counter}[${range}]))`
    // A copy for each: shared objects become anchors and aliases in YAML, which nobody wants to read.
    const toLabels = (): Readonly<Record<string, string>> => ({ ...series.labels })
    return [
      { record: RECORDED.events + range, expr: sumOf(series.eventsCounter), labels: toLabels() },
      {
        record: RECORDED.bad + range,
        expr: `${series.events(minutes)} - ${sumOf(series.goodCounter)}`,
        labels: toLabels(),
      },
      {
        record: RECORDED.badRatio + range,
        expr: `${series.bad(minutes)} / (${series.events(minutes)} > 0)`,
        labels: toLabels(),
      },
    ]
  })
}
