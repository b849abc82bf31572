// Questions to Prometheus about metrics whose labels are known: one that a metric does not have is an error of the type checker.
// It draws nothing and knows no dashboard.
import type { Metric } from '../foreign.ts'
import { equals, toNumber, toSelector, type Matcher } from '../../slo/promql.ts'

export interface Counter extends Metric {
  readonly type: 'counter'
}

export interface Gauge extends Metric {
  readonly type: 'gauge'
}

export interface Histogram extends Metric {
  readonly type: 'histogram'
}

/** Its own labels, and the two that Prometheus puts on everything it scrapes. */
export type LabelOf<M extends Metric> = M['labels'][number] | 'instance' | 'job'

/** A text is compared; `$name` stands for what is chosen in a variable of the dashboard. */
export type Condition =
  string | { readonly not: string } | { readonly matches: string } | { readonly notMatches: string }

export type Where<Label extends string> = { readonly [Each in Label]?: Condition }

export interface Choice<Label extends string> {
  readonly where?: Where<Label>
  readonly by?: readonly Label[]
  /** The window of a rate; by default as much as four scrapes need. */
  readonly over?: string
}

/** Long enough for four samples, whatever the scrape interval and the zoom: Grafana computes it. */
export const RATE_WINDOW = '$__rate_interval'
/** All of the time that is shown. */
export const SHOWN_WINDOW = '$__range'

export interface Ask {
  /** The samples themselves. */
  select<M extends Counter | Gauge>(metric: M, where?: Where<LabelOf<M>>): string
  /** Each second, summed over gateways. */
  rate<M extends Counter>(metric: M, choice?: Choice<LabelOf<M>>): string
  /** How many in the window. */
  increase<M extends Counter>(metric: M, choice?: Choice<LabelOf<M>>): string
  /** Observations each second, up to a bound of the histogram where one is given. */
  countRate<M extends Histogram>(metric: M, choice?: Choice<LabelOf<M>>, bound?: Bound): string
  /** Observations in the window. */
  countIncrease<M extends Histogram>(metric: M, choice?: Choice<LabelOf<M>>): string
  /** What is observed (seconds, tokens) each second. */
  sumRate<M extends Histogram>(metric: M, choice?: Choice<LabelOf<M>>): string
  mean<M extends Histogram>(metric: M, choice?: Choice<LabelOf<M>>): string
  quantile<M extends Histogram>(ratio: number, metric: M, choice?: Choice<LabelOf<M>>): string
  /** The number of observations of each series, for the values of its labels. */
  selectCount<M extends Histogram>(metric: M, where?: Where<LabelOf<M>>): string
  /** Observations by bucket, for a heat map. */
  buckets<M extends Histogram>(metric: M, where?: Where<LabelOf<M>>): string
  /** A gauge over gateways: what they hold adds up; what they see of somebody else is one thing seen several times. */
  gauge<M extends Gauge>(aggregate: 'sum' | 'max' | 'min', metric: M, choice?: Choice<LabelOf<M>>): string
}

/** `scope` is what every question is narrowed to: jobs, instances, and what tells one installation from another. */
export function createAsk(scope: readonly Matcher[]): Ask {
  const select = (name: string, where: Where<string> = {}): string =>
    toSelector(name, [...scope, ...toMatchers(where)])
  const summed = (change: 'rate' | 'increase', name: string, choice: Choice<string> = {}): string => {
    const { where, by, over = RATE_WINDOW } = choice
    return `${toAggregate('sum', by)} (${change}(${select(name, where)}[${over}]))`
  }
  const ask: Ask = {
    select: ({ name }, where) => select(name, where),
    selectCount: ({ name }, where) => select(`${name}_count`, where),
    rate: ({ name }, choice) => summed('rate', name, choice),
    increase: ({ name }, choice) => summed('increase', name, choice),
    countRate({ name }, choice = {}, bound) {
      if (bound === undefined) return summed('rate', `${name}_count`, choice)
      return summed('rate', `${name}_bucket`, { ...choice, where: { ...choice.where, le: bound } })
    },
    countIncrease: ({ name }, choice) => summed('increase', `${name}_count`, choice),
    sumRate: ({ name }, choice) => summed('rate', `${name}_sum`, choice),
    mean: (metric, choice) => `${ask.sumRate(metric, choice)} / ${ask.countRate(metric, choice)}`,
    quantile(ratio, { name }, choice = {}) {
      const { by = [] } = choice as Choice<string>
      const buckets = summed('rate', `${name}_bucket`, { ...choice, by: [...by, 'le'] })
      return `histogram_quantile(${toNumber(ratio)}, ${buckets})`
    },
    buckets: ({ name }, where = {}) => summed('increase', `${name}_bucket`, { where, by: ['le'] }),
    gauge: (aggregate, { name }, { where, by } = {}) =>
      `${toAggregate(aggregate, by)} (${select(name, where)})`,
  }
  return ask
}

function toAggregate(operator: string, by: readonly string[] = []): string {
  return by.length === 0 ? operator : `${operator} by (${by.join(', ')})`
}

function toMatchers(where: Where<string>): readonly Matcher[] {
  return Object.entries(where).flatMap(([label, condition]) =>
    condition === undefined ? [] : [toMatcher(label, condition)],
  )
}

function toMatcher(label: string, condition: Condition): Matcher {
  if (typeof condition === 'object') {
    if ('not' in condition) return { label, operator: '!=', value: condition.not }
    if ('matches' in condition) return { label, operator: '=~', value: condition.matches }
    return { label, operator: '!~', value: condition.notMatches }
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

export type Bound = Exclude<Condition, string>

/** `le` as Prometheus stores it: version 3 writes `16384.0` where version 2 has `16384`. */
export function toBound({ bounds }: { readonly bounds: readonly number[] }, bound: number): Bound {
  if (!bounds.includes(bound)) throw new RangeError(`no bucket ends at ${bound}`)
  return { matches: `${String(bound).replace('.', '\\.')}(\\.0)?` }
}
