// Times, durations, counts and costs of records, as people read them.
import type { Cost } from '../../core/record.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const MICROS = 1_000_000

/** Three digits that matter, whatever the size: `0.31ms`, `345ms`, `1.23s`, `12.4s`, `2m05s`, `1h02m`. */
export function printTook(ms: number): string {
  // Compared as they will be printed: 999.6 ms are a second, and 59.96 seconds a minute.
  if (ms < 9.995) return `${trim(ms.toFixed(2))}ms`
  if (Math.round(ms) < SECOND_MS) return `${Math.round(ms)}ms`
  if (ms < 9_995) return `${(ms / SECOND_MS).toFixed(2)}s`
  if (ms < 59_950) return `${(ms / SECOND_MS).toFixed(1)}s`
  const seconds = Math.round(ms / SECOND_MS)
  if (seconds * SECOND_MS < HOUR_MS) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  const minutes = Math.round(ms / MINUTE_MS)
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`
}

function trim(digits: string): string {
  return digits.replace(/\.?0+$/, '')
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** `950`, `1.2k`, `31k`, `1.2M`. */
export function printCount(count: number): string {
  if (count < 1_000) return String(count)
  const [size, unit] = count < 999_500 ? [1_000, 'k'] : [1_000_000, 'M']
  const value = count / size
  return `${value < 9.95 ? trim(value.toFixed(1)) : Math.round(value)}${unit}`
}

/** As much of the fraction as says something. */
export function printCost({ micros, currency }: Cost): string {
  const [whole, fraction = ''] = (micros / MICROS).toFixed(6).split('.')
  return `${whole}.${fraction.replace(/0{1,4}$/, '')} ${currency}`
}

export function printShare(ratio: number): string {
  const percent = ratio * 100
  return percent > 0 && percent < 0.1 ? '<0.1 %' : `${percent.toFixed(1)} %`
}

/** Local time to the second, in an order that sorts; undefined: the zone of this machine. */
export function printLocal(ms: number, timeZone?: string): string {
  return partsOf(ms, timeZone).slice(0, 'yyyy-mm-dd hh:mm:ss'.length)
}

/** With milliseconds, and how far from UTC. */
export function printExactly(ms: number, timeZone?: string): string {
  const fraction = String(Math.floor(ms) % SECOND_MS).padStart(3, '0')
  const offset =
    new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
      .formatToParts(ms)
      .find(({ type }) => type === 'timeZoneName')
      ?.value.slice('GMT'.length) ?? ''
  return `${printLocal(ms, timeZone)}.${fraction} ${offset === '' ? '+00:00' : offset}`
}

function partsOf(ms: number, timeZone: string | undefined): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  })
  return format.format(ms)
}
