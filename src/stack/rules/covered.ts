// Which of our own thresholds are not needed because the configuration says what is promised or watched: nobody is to be told of
// the same trouble twice, by two numbers. Pure.
import type { RuleInput } from '../../slo/rules.ts'

type Counted = RuleInput['objectives'][number]
type Kind = Counted['indicator']['kind']

export interface Covered {
  readonly errors: boolean
  readonly latency: boolean
  /** Readings of machines that a rule compares already. */
  readonly gauges: ReadonlySet<string>
}

/** One that looks at some requests only says nothing about the others. */
function isOfAll({ scope }: Pick<Counted, 'scope'>): boolean {
  return Object.values(scope).every((value) => value === undefined || value === '*')
}

export function toCovered({ objectives, thresholds }: Pick<RuleInput, 'objectives' | 'thresholds'>): Covered {
  const counted = [
    ...objectives,
    ...thresholds.flatMap((rule) => (rule.kind === 'requests' ? [rule.counted] : [])),
  ].filter(isOfAll)
  const has = (...kinds: readonly Kind[]): boolean =>
    counted.some(({ indicator }) => kinds.includes(indicator.kind))
  return {
    errors: has('availability'),
    // Who says when the first token is to come has decided that the length of answers is no trouble.
    latency: has('duration', 'firstToken'),
    gauges: new Set(thresholds.flatMap((rule) => (rule.kind === 'gauge' ? [rule.gauge] : []))),
  }
}
