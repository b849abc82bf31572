// What groups of rules are made from, and how they select series: names from the catalogue, labels of the installation.
import { equals, toSelector, type Matcher } from '../../slo/promql.ts'
import { toMatchers, type RuleInput, type RuleOptions } from '../../slo/rules.ts'
import type { StackInput, StackTarget } from '../stack.ts'

interface Named {
  readonly name: string
}

export interface RuleContext {
  readonly target: StackTarget
  readonly options: RuleOptions
  readonly configured: Pick<RuleInput, 'objectives' | 'thresholds'>
  /** Kinds of the configured backends. */
  readonly backendKinds: readonly string[]
  /** A metric of the gateways. */
  readonly own: (metric: Named | string, ...matchers: readonly Matcher[]) => string
  /** A metric of another program. */
  readonly foreign: (metric: string, ...matchers: readonly Matcher[]) => string
  /** Where one installation is told from others, its recorded series are too. */
  readonly recorded: (name: string) => string
}

/** Nobody else has names like these; all others need the job beside them. */
const OUR_PREFIX = 'weir_'

export function createRuleContext({ target, config, rules }: StackInput): RuleContext {
  const { objectives, thresholds, options } = rules
  const scope = toMatchers(options.matchers)
  return {
    target,
    options,
    configured: { objectives, thresholds },
    backendKinds: config.gateway.backends.map(({ kind }) => kind),
    own: (metric, ...matchers) => {
      const name = typeof metric === 'string' ? metric : metric.name
      const job = name.startsWith(OUR_PREFIX) ? [] : [equals('job', options.job)]
      return toSelector(name, [...matchers, ...job, ...scope])
    },
    foreign: (metric, ...matchers) => toSelector(metric, [...matchers, ...scope]),
    recorded: (name) => toSelector(name, scope),
  }
}

/**
 * A bucket by its upper bound. Prometheus 2 keeps `le="3"` as it is exposed, Prometheus 3 writes `le="3.0"`; a bound with decimals
 * is the same in both.
 */
export function toBoundMatcher(boundS: number): Matcher {
  return Number.isInteger(boundS)
    ? { label: 'le', operator: '=~', value: `${boundS}(\\.0)?` }
    : equals('le', String(boundS))
}

/** One of several values of a label. */
export function oneOf(label: string, values: readonly string[]): Matcher {
  return { label, operator: '=~', value: values.join('|') }
}
