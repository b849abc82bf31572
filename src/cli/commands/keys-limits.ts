// Limits and what is used of them, as people read them in few letters and as programs read them in stable fields.
import { printRates, printSlots, type LimitSettings } from '../../access/limits/config.ts'
import type { Rule } from '../../access/limits/rule.ts'
import type { KnownUse, UnknownUse } from '../../access/limits/usage/use.ts'
import { printInstant } from '../../core/instant.ts'
import { MICROS_PER_UNIT, printAmount, printMicros } from '../../core/rates.ts'
import { printDuration } from '../../core/units.ts'
import { printLocal } from '../../records/read/values.ts'
import type { KeyBook, UsedRule } from './keys-book.ts'

/** What printing a use takes besides it. */
export type BookFacts = Pick<KeyBook, 'currency' | 'timezone' | 'nowMs'>

/** As they are written in the file, in the shortest form. */
export function printLimits(limits: LimitSettings): Readonly<Record<string, unknown>> {
  const { requests, tokens, concurrent, budget } = limits
  return {
    ...(requests === undefined ? {} : { requests: printRates(requests) }),
    ...(tokens === undefined ? {} : { tokens: printRates(tokens) }),
    ...(concurrent === undefined ? {} : { concurrent: printSlots(concurrent) }),
    ...(budget === undefined ? {} : { budget: printRates(budget) }),
  }
}

/** `60/min`, `60/min, 10 at once`, `4 at once`, `50 CNY/month`. */
export function printRule({ kind, amount, capacity, period }: Rule, { currency }: BookFacts): string {
  if (period === undefined) return `${printAmount(amount)} at once`
  if (kind !== 'budget') {
    const burst = capacity === amount ? '' : `, ${printAmount(capacity)} at once`
    return `${printAmount(amount)}/${period}${burst}`
  }
  const unit = currency === undefined ? '' : ` ${currency}`
  return `${printAmount(amount / MICROS_PER_UNIT)}${unit}/${period}`
}

/** `12.34 used (24%)`. */
export function printUsed({ kind, capacity }: Rule, { used }: KnownUse, { currency }: BookFacts): string {
  const amount = kind === 'budget' ? printMoney(used, currency, 'up') : String(toWhole(used))
  return `${amount} used (${printPercent(used / capacity)})`
}

/** `37.66 left, resets 2026-07-01`, `48 left, all back in 12s`. */
export function printLeft(rule: Rule, use: KnownUse, facts: BookFacts): string {
  const { left, resetMs } = use
  if (rule.kind === 'budget') {
    const day = printLocal(toResetAt(rule, use, facts), facts.timezone).slice(0, DAY_LENGTH)
    return `${printMoney(left, facts.currency, 'down')} left, resets ${day}`
  }
  return `${left} left${resetMs === 0 ? '' : `, all back in ${printWait(resetMs)}`}`
}

const DAY_LENGTH = 'yyyy-mm-dd'.length

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Midnight falls on a quarter of an hour of UTC in every time zone. */
const QUARTER_MS = 900_000

/** The clock of a shared state may be off by a little: a period that begins at midnight must not seem to begin the day before. */
function toResetAt({ kind }: Rule, { resetMs }: KnownUse, { nowMs }: BookFacts): number {
  const stepMs = kind === 'budget' ? QUARTER_MS : SECOND_MS
  return Math.round((nowMs + resetMs) / stepMs) * stepMs
}

/** In place of numbers; those in the memory of a gateway are so common that they are explained once, below the table. */
export const UNKNOWN_WORDS: Readonly<Record<UnknownUse, string>> = {
  in_memory: '',
  unpriced: 'no model has a price',
  none_kept: 'nothing is kept here yet',
  unreadable: 'cannot be read',
  unreachable: 'no answer',
  unconfigured: 'the configuration is not valid',
}

/** Stable: programs read it. Money is in units of the currency. */
export function useToJson({ rule, use }: UsedRule, facts: BookFacts): Readonly<Record<string, unknown>> {
  const { scope, owner, kind, period, amount, capacity } = rule
  const isMoney = kind === 'budget'
  const toUnits = (micros: number): number => (isMoney ? micros / MICROS_PER_UNIT : micros)
  const known = {
    ...{ scope, owner, kind, amount: toUnits(amount) },
    ...(period === undefined ? {} : { period }),
    ...(isMoney || period === undefined ? {} : { atOnce: capacity }),
    ...(isMoney && facts.currency !== undefined ? { currency: facts.currency } : {}),
  }
  if ('unknown' in use) return { ...known, unknown: use.unknown }
  const used = isMoney ? toUnits(use.used) : toWhole(use.used)
  const resets = use.resetMs === 0 ? {} : { resets: printInstant(toResetAt(rule, use, facts)) }
  return { ...known, used, left: toUnits(use.left), ...resets }
}

/** Fractions come from what trickles back: what is not whole yet is still used. */
function toWhole(used: number): number {
  return Math.max(0, Math.ceil(used - TOLERANCE))
}

/** As limits are counted: far below one of anything. */
const TOLERANCE = 1e-6

const HUNDRED = 100

/** 100% means that all of it is used, and not that little is missing. */
function printPercent(ratio: number): string {
  const percent = ratio * HUNDRED
  if (percent > TOLERANCE && percent < 1) return '<1%'
  const rounded = Math.round(percent)
  return `${ratio < 1 ? Math.min(rounded, HUNDRED - 1) : rounded}%`
}

/** In the smallest coins of the currency; what is less than one coin is told in full, so that something is never nothing. */
function printMoney(micros: number, currency: string | undefined, rounding: 'up' | 'down'): string {
  const digits = digitsOf(currency)
  const coin = MICROS_PER_UNIT / 10 ** digits
  if (micros < coin) return printMicros(micros)
  const coins = rounding === 'up' ? Math.ceil(micros / coin) : Math.floor(micros / coin)
  return (coins / 10 ** digits).toFixed(digits)
}

const USUAL_DIGITS = 2

/** 0 of the yen, 2 of the yuan, 3 of the Kuwaiti dinar (ISO 4217). */
function digitsOf(currency: string | undefined): number {
  if (currency === undefined) return USUAL_DIGITS
  const { maximumFractionDigits } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  return maximumFractionDigits ?? USUAL_DIGITS
}

/** Rounded up to what matters at that length. */
function printWait(ms: number): string {
  const unitMs = ms < 10 * MINUTE_MS ? SECOND_MS : ms < 10 * HOUR_MS ? MINUTE_MS : HOUR_MS
  return printDuration(Math.ceil(ms / unitMs) * unitMs)
}
