// Questions to Prometheus about metrics of the catalogue: a label that a metric does not have is an error of the type checker.
// It draws nothing and knows no dashboard.
import type {
  CounterDefinition,
  GaugeDefinition,
  HistogramDefinition,
  MetricDefinition,
} from '../../telemetry/catalogue/definition.ts'
import { equals, toNumber, toSelector, type Matcher } from '../../slo/promql.ts'

export type LabelOf<D extends MetricDefinition> = D['labels'][number]

/** A text is compared, `$name` stands for what is chosen in a variable of the dashboard. */
export type Condition = string | { readonly not: string } | { readonly matches: string }

export interface Choice<Label extends string> {
  readonly where?: { readonly [Each in Label]?: Condition }
  readonly by?: readonly Label[]
}

/** Long enough for four samples, whatever the scrape interval and the zoom: Grafana computes it. */
export const RATE_WINDOW = '$__rate_interval'
/** All of the time that is shown. */
export const SHOWN_WINDOW = '$__range'

export interface Ask {
  /** The samples of a counter or gauge. */
  select<const D extends CounterDefinition | GaugeDefinition>(
    definition: D,
    where?: Choice<LabelOf<D>>['where'],
  ): string
  /** The buckets of a histogram. */
  selectBuckets<const D extends HistogramDefinition>(
    definition: D,
    where?: { readonly [Each in LabelOf<D> | 'le']?: Condition },
  ): string
  /** Each second, summed over gateways. */
  rate<const D extends CounterDefinition>(definition: D, choice?: Choice<LabelOf<D>>): string
  /** Over the time that is shown, or another one. */
  increase<const D extends CounterDefinition>(
    definition: D,
    choice?: Choice<LabelOf<D>> & { readonly over?: string },
  ): string
  /** Observations each second. */
  countRate<const D extends HistogramDefinition>(definition: D, choice?: Choice<LabelOf<D>>): string
  /** Seconds (or tokens) observed each second. */
  sumRate<const D extends HistogramDefinition>(definition: D, choice?: Choice<LabelOf<D>>): string
  mean<const D extends HistogramDefinition>(definition: D, choice?: Choice<LabelOf<D>>): string
  quantile<const D extends HistogramDefinition>(
    ratio: number,
    definition: D,
    choice?: Choice<LabelOf<D>> & { readonly over?: string },
  ): string
  /** Observations by bucket, for a heat map. */
  buckets<const D extends HistogramDefinition>(definition: D, where?: Choice<LabelOf<D>>['where']): string
  /** A gauge over gateways: what they hold adds up, what they see of somebody else is the same thing seen twice. */
  gauge<const D extends GaugeDefinition>(
    aggregate: 'sum' | 'max' | 'min',
    definition: D,
    choice?: Choice<LabelOf<D>>,
  ): string
}

/** `scope` is what every question is narrowed to: jobs, instances, and what tells one installation from another. */
export function createAsk(scope: readonly Matcher[]): Ask {
  const select = (name: string, where: Where = {}): string =>
    toSelector(name, [...scope, ...toMatchers(where)])
  const rateOf = (name: string, { where, by }: Choice<string>): string =>
    `${toAggregate('sum', by)} (rate(${select(name, where)}[${RATE_WINDOW}]))`
  const bucketRate = (name: string, { where, by = [] }: Choice<string>, over: string): string =>
    `${toAggregate('sum', [...by, 'le'])} (rate(${select(`${name}_bucket`, where)}[${over}]))`
  return {
    select: ({ name }, where) => select(name, where),
    selectBuckets: ({ name }, where) => select(`${name}_bucket`, where),
    rate: ({ name }, choice = {}) => rateOf(name, choice),
    increase: ({ name }, { where, by, over = SHOWN_WINDOW } = {}) =>
      `${toAggregate('sum', by)} (increase(${select(name, where)}[${over}]))`,
    countRate: ({ name }, choice = {}) => rateOf(`${name}_count`, choice),
    sumRate: ({ name }, choice = {}) => rateOf(`${name}_sum`, choice),
    mean: ({ name }, choice = {}) => `${rateOf(`${name}_sum`, choice)} / ${rateOf(`${name}_count`, choice)}`,
    quantile: (ratio, { name }, { over = RATE_WINDOW, ...choice } = {}) =>
      `histogram_quantile(${toNumber(ratio)}, ${bucketRate(name, choice, over)})`,
    buckets: ({ name }, where) =>
      `sum by (le) (increase(${select(`${name}_bucket`, where)}[${RATE_WINDOW}]))`,
    gauge: (aggregate, { name }, { where, by } = {}) =>
      `${toAggregate(aggregate, by)} (${select(name, where)})`,
  }
}

type Where = Readonly<Record<string, Condition | undefined>>

function toAggregate(operator: string, by: readonly string[] = []): string {
  return by.length === 0 ? operator : `${operator} by (${by.join(', ')})`
}

export function toMatchers(where: Where): readonly Matcher[] {
  return Object.entries(where).flatMap(([label, condition]) =>
    condition === undefined ? [] : [toMatcher(label, condition)],
  )
}

function toMatcher(label: string, condition: Condition): Matcher {
  if (typeof condition === 'object') {
    return 'not' in condition
      ? { label, operator: '!=', value: condition.not }
      : { label, operator: '=~', value: condition.matches }
  }
  return condition.startsWith('$') ? { label, operator: '=~', value: condition } : equals(label, condition)
}

/**
 * Part of a whole, where parts that never happened have no series, and nothing where the whole is nothing: a share of no
 * requests is not 0 and not 1.
 */
export function toShare(part: string, whole: string): string {
  return `(${part} or 0 * ${whole}) / (${whole} > 0)`
}

/**
 * `le` as Prometheus stores it: version 3 writes `16384.0` where version 2 has `16384`. The bound must be one of the histogram's.
 */
export function toBound({ name, bounds }: HistogramDefinition, bound: number): Condition {
  if (!bounds.includes(bound)) throw new RangeError(`${name} has no bound at ${bound}`)
  return { matches: `${String(bound).replace('.', '\\.')}(\\.0)?` }
}
