// Numbers, times and spans as a report prints them. Pure.
import { MINUTE_MS } from '../../windows/config.ts'

const PERCENT = 100
/** What a division adds behind the digits that mean something. */
const DIGITS = 12
const SHOWN_DECIMALS = 1_000

/** Cut, never rounded up: what is not kept must not look kept. */
export function printAttained(ratio: number): string {
  const percent = Number((ratio * PERCENT).toPrecision(DIGITS))
  return `${Math.trunc(percent * SHOWN_DECIMALS) / SHOWN_DECIMALS} %`
}

/** Three digits that say something: `120 %`, `4.17 %`, `0.0312 %`. */
export function printPercent(ratio: number): string {
  return `${printNumber(ratio * PERCENT)} %`
}

/** Promises are written with few digits; all of them are shown. */
export function printTarget(ratio: number): string {
  return `${Number((ratio * PERCENT).toPrecision(DIGITS))} %`
}

const ENOUGH_DIGITS = 3
const NO_FRACTION_FROM = 100

export function printNumber(value: number): string {
  if (Math.abs(value) >= NO_FRACTION_FROM) return printCount(Math.round(value))
  return String(Number(value.toPrecision(ENOUGH_DIGITS)))
}

/** `12,345`, in every language. */
export function printCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

export interface SpanUnits {
  readonly d: string
  readonly h: string
  readonly m: string
  readonly s: string
}

const SECONDS_PER_MINUTE = 60
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** The two largest units. */
export function printSpan(minutes: number, units: SpanUnits): string {
  let rest = Math.round(minutes * SECONDS_PER_MINUTE)
  const parts: string[] = []
  for (const [unit, seconds] of UNITS) {
    const whole = Math.floor(rest / seconds)
    rest -= whole * seconds
    if (whole > 0) parts.push(`${whole} ${units[unit]}`)
    if (parts.length === 2 || (parts.length === 1 && whole === 0)) break
  }
  return parts.length === 0 ? `0 ${units.m}` : parts.join(' ')
}

/** `2026-10-03 14:02` by the clocks of the zone. */
export function printMinute(minute: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  return format.format(minute * MINUTE_MS)
}

/** `14:02` where it is the day of the other one. */
export function printUntil(fromMinute: number, toMinute: number, timeZone: string): string {
  const [from, to] = [printMinute(fromMinute, timeZone), printMinute(toMinute, timeZone)]
  const day = 'yyyy-mm-dd'.length
  return from.slice(0, day) === to.slice(0, day) ? to.slice(day + 1) : to
}
