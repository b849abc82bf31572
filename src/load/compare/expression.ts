// What makes a comparison fail, as people write it: `p95>+10%`, `firstToken.p99>2s`, `errors>1%`. Pure.
import { parseDuration, parseRatio } from '../../core/units.ts'
import { METRICS, type Metric } from '../slice.ts'

/** What is looked at, of one side. */
export type Figure =
  | { readonly kind: 'time'; readonly metric: Metric; readonly share: number }
  /** Tokens per second of single answers: the share from below. */
  | { readonly kind: 'speed'; readonly share: number }
  /** Shares of all requests. */
  | { readonly kind: 'errors' }
  | { readonly kind: 'goodput' }

export interface Condition {
  /** As it was written, without spaces. */
  readonly text: string
  readonly figure: Figure
  readonly operator: '>' | '<'
  /** `relative`: how much more than the baseline, as a ratio. `difference`, `value`: milliseconds, tokens per second or a ratio. */
  readonly against: 'relative' | 'difference' | 'value'
  /** With its sign. */
  readonly limit: number
}

export type ReadCondition = { readonly condition: Condition } | { readonly complaint: string }

const NAMES = [...METRICS, 'tokensPerSecond', 'errors', 'goodput'] as const
const EXPECTED = `expected something like p95>+10%, firstToken.p99>2s, tokensPerSecond.p50<-10% or errors>1%, of ${NAMES.join(', ')}`

export function parseCondition(written: string): ReadCondition {
  const text = written.replaceAll(/\s+/g, '')
  const refuse = (why: string): ReadCondition => ({ complaint: `${JSON.stringify(written)}: ${why}` })
  const match = splitCondition(text)
  if (match === undefined) return refuse(EXPECTED)
  const { name, percentile, operator, value } = match
  if (operator !== '>' && operator !== '<') return refuse('expected > or <')
  const figure = toFigure(name, percentile)
  if (typeof figure === 'string') return refuse(figure)
  const limit = parseLimit(value, figure)
  if (typeof limit === 'string') return refuse(limit)
  const { against } = limit
  if (against !== 'value' && limit.limit >= 0 !== (operator === '>'))
    return refuse('a change is judged as >+10% (more than so much more) or <-10% (more than so much less)')
  return { condition: { text, figure, operator, against, limit: limit.limit } }
}

interface Parts {
  readonly name: string
  readonly percentile: string | undefined
  readonly operator: string
  readonly value: string
}

/** `p95` alone is of the duration; a name that ends in `p95` after a dot is of that. */
function splitCondition(text: string): Parts | undefined {
  const match = /^([^<>=]+)([<>]=?|==?)(.+)$/.exec(text)
  const [, left, operator, value] = match ?? []
  if (left === undefined || operator === undefined || value === undefined) return undefined
  const [first = '', second, ...rest] = splitOnce(left)
  if (rest.length > 0) return undefined
  if (second === undefined && /^p\d/.test(first))
    return { name: 'duration', percentile: first, operator, value }
  return { name: first, percentile: second, operator, value }
}

/** At the first dot: `p99.9` has one of its own. */
function splitOnce(left: string): readonly string[] {
  const at = /^p\d/.test(left) ? -1 : left.indexOf('.')
  return at === -1 ? [left] : [left.slice(0, at), left.slice(at + 1)]
}

/** A string says what is wrong. */
function toFigure(name: string, percentile: string | undefined): Figure | string {
  if (name === 'errors' || name === 'goodput')
    return percentile === undefined
      ? { kind: name }
      : `${name} is a share of requests and has no ${percentile}`
  const metric = METRICS.find((each) => each === name)
  if (metric === undefined && name !== 'tokensPerSecond') return `there is no ${name}; ${EXPECTED}`
  if (percentile === undefined) return `which percentile? ${name}.p95, for example`
  if (percentile === 'max') return 'max is one single request: chance. Use p99'
  const percent = /^p(\d{1,2}(?:\.\d{1,3})?)$/.exec(percentile)?.[1]
  // Divided as decimals are written: 99.9 is 0.999.
  const share = Number((Number(percent) / 100).toPrecision(12))
  if (percent === undefined || share <= 0)
    return `expected a percentile such as p50, p95 or p99.9, not ${percentile}`
  return metric === undefined ? { kind: 'speed', share } : { kind: 'time', metric, share }
}

interface Limit {
  readonly against: Condition['against']
  readonly limit: number
}

function parseLimit(value: string, figure: Figure): Limit | string {
  const [, sign = '', amount = ''] = /^([+-]?)(.+)$/.exec(value) ?? []
  const factor = sign === '-' ? -1 : 1
  const isShare = figure.kind === 'errors' || figure.kind === 'goodput'
  if (isShare) return parseShare(amount, sign)
  if (amount.endsWith('%')) {
    const percent = Number(amount.slice(0, -1))
    if (!/^\d+(\.\d+)?%$/.test(amount)) return `expected a percentage, not ${value}`
    if (sign === '') return `write +${amount} for more than the baseline, -${amount} for less`
    return { against: 'relative', limit: (factor * percent) / 100 }
  }
  const size = figure.kind === 'speed' ? parseNumber(amount) : parseDuration(amount)
  if (size === undefined)
    return figure.kind === 'speed'
      ? `expected tokens per second such as 20, or a change such as -10%, not ${value}`
      : `expected a duration such as 2s, or a change such as +10%, not ${value}`
  return { against: sign === '' ? 'value' : 'difference', limit: factor * size }
}

function parseShare(amount: string, sign: string): Limit | string {
  const points = /^(\d+(?:\.\d+)?)pp$/.exec(amount)?.[1]
  if (sign !== '') {
    if (points === undefined)
      return `this is a share already: write ${sign}1pp for percentage points of change, or 1% for the share itself`
    return { against: 'difference', limit: (sign === '-' ? -1 : 1) * (Number(points) / 100) }
  }
  const ratio = parseRatio(amount)
  return ratio === undefined
    ? `expected a share such as 1%, or a change such as +1pp, not ${amount}`
    : { against: 'value', limit: ratio }
}

function parseNumber(text: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}
