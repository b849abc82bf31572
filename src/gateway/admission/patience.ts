// How long a caller says it will wait. Pure.
import type { IncomingHttpHeaders } from 'node:http'

/** Sent with every request by the official clients that Stainless generates (OpenAI, Anthropic): whole or broken seconds. */
const TIMEOUT_HEADER = 'x-stainless-timeout'

const SECONDS = /^\d{1,7}(\.\d{1,9})?$/
const MS_PER_SECOND = 1_000

/** From the start of its request; undefined when it does not say, or nothing that makes sense. */
export function statedPatienceMs(headers: IncomingHttpHeaders): number | undefined {
  const stated = headers[TIMEOUT_HEADER]
  if (typeof stated !== 'string' || !SECONDS.test(stated)) return undefined
  const ms = Number(stated) * MS_PER_SECOND
  // Zero is how some spell "for ever".
  return ms > 0 ? ms : undefined
}
