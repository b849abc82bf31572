// What generated tests are put together from: series as they are played, the minutes at which a condition holds, and what is asked
// there. It knows no rule.
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { toSelector } from '../promql.ts'
import { MINUTE_MS } from '../windows/config.ts'
import { toMatchers } from './recorded.ts'
import type { RuleOptions } from './rule.ts'
import { TAPE_MINUTES, toTapeSeries } from './test-tape.ts'

export interface InputSeries {
  readonly series: string
  /** One sample a minute, in promtool's notation. */
  readonly values: string
}

export interface ExpressionTest {
  readonly expr: string
  readonly eval_time: string
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[]
}

/** What is played for one rule or objective, and what must be seen of it. */
export interface Part {
  readonly series: readonly InputSeries[]
  readonly expectations: readonly ExpressionTest[]
}

/** What is down, is down from here on for so long. */
export const DOWN_AT_MINUTE = 30
export const DOWN_MINUTES = 60

export function toOutage(from: number, minutes: number, [well, ill] = [1, 0]): string {
  return `${well}x${from - 1} ${ill}x${minutes - 1} ${well}x${TAPE_MINUTES - from - minutes}`
}

export function toCounters(slo: string, perMinute: number, options: RuleOptions): readonly InputSeries[] {
  const { good, events } = toTapeSeries(perMinute)
  return [
    { series: toScraped(CATALOGUE.sloGood.name, { slo }, options), values: good },
    { series: toScraped(CATALOGUE.sloEvents.name, { slo }, options), values: events },
  ]
}

export function toScraped(
  metric: string,
  labels: Readonly<Record<string, string>>,
  { job, matchers }: RuleOptions,
): string {
  return toSelector(metric, toMatchers({ job, instance: 'gateway-1', ...matchers, ...labels }))
}

export function everyMinute<T>(at: (end: number) => T): readonly T[] {
  return Array.from({ length: TAPE_MINUTES + 1 }, (_, end) => at(end))
}

/** Those minutes at which it has held without a break for so long. */
export function heldFor(holds: readonly boolean[], forMs: number): readonly boolean[] {
  let since: number | undefined
  return holds.map((isHolding, end) => {
    since = isHolding ? (since ?? end) : undefined
    return since !== undefined && (end - since) * MINUTE_MS >= forMs
  })
}

/** Where a state lasts shorter, Prometheus 2 and 3 may see it a minute apart: their windows differ by one sample. */
const SURE_MINUTES = 5

/** In the middle of every stretch during which the alert fires, or does not. */
export function toExpectations(
  labels: Readonly<Record<string, string>>,
  isFiring: readonly boolean[],
): readonly ExpressionTest[] {
  const firing = toMatchers({ ...labels, alertstate: 'firing' })
  const expr = `count(${toSelector('ALERTS', firing)})`
  const tests: ExpressionTest[] = []
  let from = 0
  for (let end = 1; end <= isFiring.length; end += 1) {
    if (end < isFiring.length && isFiring[end] === isFiring[from]) continue
    if (end - from >= SURE_MINUTES)
      tests.push({
        expr,
        eval_time: `${Math.floor((from + end) / 2)}m`,
        exp_samples: isFiring[from] === true ? [{ labels: '{}', value: 1 }] : [],
      })
    from = end
  }
  return tests
}
