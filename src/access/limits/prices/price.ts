// What tokens cost, in whole millionths of the currency. Pure.
import { MICROS_PER_UNIT } from '../../../core/rates.ts'
import type { PriceSettings } from './config.ts'

export interface Price {
  readonly currency: string
  /** Micro-units for `per` tokens: whole numbers, so that sums stay exact. */
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly per: number
}

export interface PricedTokens {
  readonly input: number
  readonly output: number
  /** Of the input. */
  readonly cached: number
}

export function toPrice({ input, output, cached, per, currency }: PriceSettings): Price {
  const toMicros = (amount: number): number => Math.round(amount * MICROS_PER_UNIT)
  return {
    currency,
    per,
    input: toMicros(input),
    output: toMicros(output),
    cached: toMicros(cached ?? input),
  }
}

/** Rounded up: a request that cost something never counts as nothing. And never more than can be counted exactly. */
export function costOf(price: Price, { input, output, cached }: PricedTokens): number {
  const fresh = Math.max(0, input - cached)
  const micros = Math.ceil((fresh * price.input + cached * price.cached + output * price.output) / price.per)
  return Math.min(micros, Number.MAX_SAFE_INTEGER)
}
