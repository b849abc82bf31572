// What is left of a caller's limits, in the headers that OpenAI's and Anthropic's clients read. Of several limits of a kind the
// one with the least left is told.
import type { Reservation } from '../../access/limits/reservation.ts'
import type { Exchange } from '../exchange.ts'

type Kind = 'requests' | 'tokens'

const KINDS: readonly Kind[] = ['requests', 'tokens']

/** `[name, value, …]`; empty where no limit of requests or tokens holds, or where it could not be asked for. */
export function pushLimitHeaders(headers: string[], { reservation, api }: Exchange): void {
  if (reservation === undefined) return
  for (const kind of KINDS) {
    const at = tightest(reservation, kind)
    if (at === -1) continue
    const { rules, remaining, resetMs } = reservation.decision
    const limit = String(rules[at]?.amount)
    const left = String(remaining[at])
    const ms = resetMs[at] ?? 0
    headers.push(`x-ratelimit-limit-${kind}`, limit, `x-ratelimit-remaining-${kind}`, left)
    headers.push(`x-ratelimit-reset-${kind}`, printReset(ms))
    if (api.dialect !== 'anthropic') continue
    headers.push(`anthropic-ratelimit-${kind}-limit`, limit, `anthropic-ratelimit-${kind}-remaining`, left)
    const at3339 = new Date(Math.min(reservation.decidedAtMs + ms, LAST_DATE_MS)).toISOString()
    headers.push(`anthropic-ratelimit-${kind}-reset`, at3339)
  }
}

function tightest({ decision: { rules, remaining } }: Reservation, wanted: Kind): number {
  let found = -1
  for (let at = 0; at < rules.length; at += 1) {
    const left = remaining[at]
    if (rules[at]?.kind !== wanted || left === undefined) continue
    if (found === -1 || left < (remaining[found] ?? 0)) found = at
  }
  return found
}

/** The last moment of the year 9999: RFC 3339 has four digits for it. A debt that slow limits give back in ages ends later. */
const LAST_DATE_MS = 253_402_300_799_999

const MS_PER_SECOND = 1_000
const MS_PER_MINUTE = 60_000
const MS_PER_HOUR = 3_600_000

/** As OpenAI prints durations: `12ms`, `1.5s`, `6m0s`, `1h0m0s`. */
export function printReset(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < MS_PER_SECOND) return `${ms}ms`
  const hours = Math.floor(ms / MS_PER_HOUR)
  const minutes = Math.floor((ms % MS_PER_HOUR) / MS_PER_MINUTE)
  const seconds = `${(ms % MS_PER_MINUTE) / MS_PER_SECOND}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}
