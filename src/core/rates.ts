// Amounts per time and prices as people write them: `60/min`, `100k/min`, `50/month`. Pure; a parser returns undefined for what it
// does not understand.

/** The periods a limit can be counted in. */
export const PERIODS = ['s', 'min', 'h', 'day', 'week', 'month'] as const
export type Period = (typeof PERIODS)[number]

/** Milliseconds. As the length of a limit that refills all the time, a month is 30 days. */
export const PERIOD_MS: Readonly<Record<Period, number>> = {
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_592_000_000,
}

const SPELLINGS: Readonly<Record<string, Period>> = {
  s: 's',
  sec: 's',
  second: 's',
  min: 'min',
  minute: 'min',
  h: 'h',
  hour: 'h',
  d: 'day',
  day: 'day',
  w: 'week',
  week: 'week',
  month: 'month',
}

const MULTIPLES: Readonly<Record<string, number>> = { '': 1, k: 1_000, M: 1_000_000 }

const AMOUNT = /^(\d+(?:\.\d+)?)\s*([kKM]?)$/
const RATE = /^(\S(?:[^/]*\S)?)\s*\/\s*([a-z]+)$/

export interface Rate {
  readonly amount: number
  readonly period: Period
}

/** Six decimals: a millionth is the smallest part of money that is counted. */
const DECIMALS = 6

/** `100k` -> 100000, `1.5M` -> 1500000, `0.5` -> 0.5. Small `m` is refused: it means a thousandth to some. */
export function parseAmount(text: string): number | undefined {
  const match = AMOUNT.exec(text.trim())
  if (match?.[1] === undefined) return undefined
  const suffix = match[2] === 'K' ? 'k' : (match[2] ?? '')
  const amount = Number((Number(match[1]) * (MULTIPLES[suffix] ?? Number.NaN)).toFixed(DECIMALS))
  return Number.isSafeInteger(Math.ceil(amount * 10 ** DECIMALS)) ? amount : undefined
}

/** 100000 -> `100k`: the shortest form that `parseAmount` reads back. */
export function printAmount(amount: number): string {
  for (const suffix of ['M', 'k'] as const) {
    const multiple = MULTIPLES[suffix] ?? 1
    const tenths = (amount / multiple) * 10
    if (amount >= multiple && Number.isInteger(tenths)) return `${tenths / 10}${suffix}`
  }
  return String(amount)
}

/** `60/min`, `100k/min`, `5000/day`. */
export function parseRate(text: string): Rate | undefined {
  const match = RATE.exec(text.trim())
  const amount = parseAmount(match?.[1] ?? '')
  const spelling = match?.[2] ?? ''
  if (amount === undefined || !Object.hasOwn(SPELLINGS, spelling)) return undefined
  const period = SPELLINGS[spelling]
  return period === undefined ? undefined : { amount, period }
}

export function printRate({ amount, period }: Rate): string {
  return `${printAmount(amount)}/${period}`
}

/** In words, for messages: `60 requests per minute`. */
export const PERIOD_WORDS: Readonly<Record<Period, string>> = {
  s: 'second',
  min: 'minute',
  h: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
}

/** Millionths of a currency unit, as they are counted. */
export const MICROS_PER_UNIT = 1_000_000

/** 1234560 -> `1.23456`; never more than six decimals, never an exponent. */
export function printMicros(micros: number): string {
  const text = (micros / MICROS_PER_UNIT).toFixed(DECIMALS)
  return text.replace(/\.?0+$/, '')
}
