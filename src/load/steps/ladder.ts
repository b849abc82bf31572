// The rates of a climb: `1..20x1.5`, `1..20+2`, or a list such as `1,2,5,10`. Pure.
import { LIMITS } from '../plan.ts'

export type ReadLadder = { readonly rates: readonly number[] } | { readonly complaint: string }

const EXPECTED = 'expected rates that rise, such as 1..20x1.5, 1..20+2 or 1,2,5,10'
const MOST_STEPS = 50
const RANGE = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)([x+*])(\d+(?:\.\d+)?)$/
/** Rates are shown with three digits; what differs less is one step. */
const DIGITS = 3

export function parseLadder(text: string): ReadLadder {
  const written = text.replaceAll(/\s+|\/s/g, '')
  const rates = written.includes('..') ? toRange(written) : toList(written)
  if (rates === undefined) return { complaint: EXPECTED }
  if (rates.length > MOST_STEPS) return { complaint: `expected at most ${MOST_STEPS} steps` }
  if (rates.some((rate) => rate > LIMITS.perSecond))
    return { complaint: `expected rates up to ${LIMITS.perSecond}/s` }
  return { rates }
}

function toRange(written: string): readonly number[] | undefined {
  const [, from, to, sign, by] = RANGE.exec(written) ?? []
  const [first, last, step] = [Number(from), Number(to), Number(by)]
  const rises = sign === '+' ? step > 0 : step > 1
  if (from === undefined || first <= 0 || last < first || !rises) return undefined
  const rates: number[] = []
  for (
    let rate = first;
    rate < last && rates.length <= MOST_STEPS;
    rate = sign === '+' ? rate + step : rate * step
  )
    rates.push(round(rate))
  return [...rates.filter((rate) => rate < last), last]
}

function toList(written: string): readonly number[] | undefined {
  const parts = written.split(',')
  if (!parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return undefined
  const rates = parts.map(Number)
  return rates.every((rate, at) => rate > (rates[at - 1] ?? 0)) ? rates : undefined
}

function round(rate: number): number {
  return Number(rate.toPrecision(DIGITS))
}

/** What lies between two rates, seen as factors. */
export function between(low: number, high: number): number {
  return round(Math.sqrt(low * high))
}
