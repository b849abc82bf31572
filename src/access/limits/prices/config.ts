// What can be configured about prices: what tokens of a model cost, so that money can be counted.
import { z } from 'zod'
import { forms, readBy } from '../../../config/fields.ts'
import { parseAmount, printAmount } from '../../../core/rates.ts'

/** What people pay for tokens is told for a thousand or a million of them. */
const PER = /^(\d+(?:\.\d+)?\s*[kKM]?)(?:\s*tokens?)?$/

function perTokens() {
  return readBy<number>((value) => {
    const per = parseAmount(PER.exec(String(value).trim())?.[1] ?? '')
    if (per !== undefined && Number.isInteger(per) && per >= 1) return { value: per }
    return { complaints: [{ path: [], message: 'expected a number of tokens such as 1M tokens or 1k' }] }
  }).register(forms, { form: 'tokens' })
}

export function printTokens(tokens: number): string {
  return `${printAmount(tokens)} tokens`
}

/** A price that is higher than this for one token is a mistake, and its sums would not stay exact. */
const MOST_PRICE = 1_000_000

function price() {
  const message = `expected a price from 0 to ${printAmount(MOST_PRICE)}, with at most six decimals`
  return readBy<number>((value) => {
    const amount = typeof value === 'number' ? value : Number(String(value))
    const isSound = Number.isFinite(amount) && amount >= 0 && amount <= MOST_PRICE
    return isSound ? { value: amount } : { complaints: [{ path: [], message }] }
  }).register(forms, { form: 'price' })
}

export const priceSchema = z.strictObject({
  input: price().describe('What prompt tokens cost.'),
  output: price().prefault(0).describe('What generated tokens cost.'),
  cached: price()
    .optional()
    .describe('What prompt tokens cost that the backend had in its cache. Without this: as much as others.'),
  per: perTokens().prefault('1M tokens').describe('How many tokens the prices are for.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'expected a currency of three capital letters, such as CNY, EUR or USD')
    .describe('One for the whole file: budgets are counted in it.'),
})

export type PriceSettings = Readonly<z.output<typeof priceSchema>>
