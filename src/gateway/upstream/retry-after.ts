// When a backend wants to be asked again, as seconds from now (RFC 9110 10.2.3). Pure: no clock is read.
import type { IncomingHttpHeaders } from 'node:http'

/** Longer than the official SDKs honour (60 s) is of no use to anybody, and may be nonsense. */
const MAX_RETRY_AFTER_SECONDS = 3_600

/** Whole seconds; some servers add a fraction. */
const SECONDS = /^\d{1,10}(\.\d{1,10})?$/

/** RFC 9110 5.6.7: the one form in which dates are sent today. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * Undefined when it says nothing that can be used. A date is counted from the `Date` of the same answer: both are of the
 * backend's clock, which need not be ours.
 */
export function parseRetryAfter(headers: IncomingHttpHeaders): number | undefined {
  const stated = headers['retry-after'] ?? ''
  const seconds = SECONDS.test(stated) ? Number(stated) : secondsUntil(stated, headers.date ?? '')
  return seconds !== undefined && seconds <= MAX_RETRY_AFTER_SECONDS ? Math.ceil(seconds) : undefined
}

function secondsUntil(then: string, now: string): number | undefined {
  if (!HTTP_DATE.test(then) || !HTTP_DATE.test(now)) return undefined
  const seconds = (Date.parse(then) - Date.parse(now)) / 1000
  if (Number.isNaN(seconds)) return undefined
  return Math.max(0, seconds)
}
