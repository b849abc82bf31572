// Numbers, times and durations as messages print them: rounded for people, who read them on a phone.
import type { Language } from '../notifier.ts'
import { EN } from './en.ts'
import type { Phrases } from './phrases.ts'
import { ZH } from './zh.ts'

export const PHRASES: Readonly<Record<Language, Phrases>> = { en: EN, zh: ZH }

/** Cut, never rounded up: 99.996 % is not 100 %. Near the top each digit counts, elsewhere none behind the first. */
export function printShare(ratio: number, phrases: Phrases): string {
  const percent = Number((ratio * 100).toPrecision(12))
  const digits = percent >= 99 && percent < 100 ? 3 : 1
  return phrases.percent(String(Math.trunc(percent * 10 ** digits) / 10 ** digits))
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** The two largest units: `1 h 20 min`, `45 s`; less than a second is `0 s`. */
export function printSpan(ms: number, phrases: Phrases): string {
  let rest = Math.max(0, Math.round(ms / 1_000))
  // Nobody waits for the seconds of something that takes minutes.
  if (rest >= 600) rest = Math.round(rest / 60) * 60
  const parts: string[] = []
  for (const [unit, seconds] of UNITS) {
    const whole = Math.floor(rest / seconds)
    rest -= whole * seconds
    if (whole > 0) parts.push(`${whole}${phrases.units[unit]}`)
    if (parts.length === 2 || (parts.length === 1 && whole === 0)) break
  }
  return parts.length === 0 ? `0${phrases.units.s}` : parts.join(phrases.unitJoint)
}

/** `2026-10-03 14:02 UTC`, in the given zone. */
export function printMoment(atMs: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
  return `${format.format(atMs)} ${timeZone}`
}

/** From and to, with what they have in common said once: `2026-10-03 14:02` and `14:09 UTC`. */
export function printRange(fromMs: number, toMs: number, timeZone: string): readonly [string, string] {
  const [from, to] = [printMoment(fromMs, timeZone), printMoment(toMs, timeZone)]
  const day = from.slice(0, DAY_DIGITS)
  const isOneDay = to.startsWith(day)
  return [from.slice(0, from.length - timeZone.length - 1), isOneDay ? to.slice(DAY_DIGITS + 1) : to]
}

/** `2026-10-03`. */
const DAY_DIGITS = 10

/** At most three digits that say something: `16.2`, `0.05`, `120`. */
export function printNumber(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}

export type Unit = 'seconds' | 'ratio' | 'bytes' | 'count'

const BYTES_OF = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const

export function printValue(value: number, unit: Unit, phrases: Phrases): string {
  if (unit === 'ratio') return printShare(value, phrases)
  if (unit === 'count') return printNumber(value)
  if (unit === 'seconds') {
    return value < 1 ? `${printNumber(value * 1_000)} ms` : `${printNumber(value)}${phrases.units.s}`
  }
  const [name, size] = BYTES_OF.find(([, bytes]) => value >= bytes) ?? ['B', 1]
  return `${printNumber(value / size)} ${name}`
}
