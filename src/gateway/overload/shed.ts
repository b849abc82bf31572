// The answer to a request for which this process has no room. The limits themselves are found out elsewhere.
import { WeirError } from '../../core/errors.ts'
import type { ShedReason } from '../../core/record.ts'
import type { Exchange } from '../exchange.ts'

/** Overload is over a second after it ends at the earliest; clients add a share of their own to this. */
const RETRY_AFTER_SECONDS = 2

const MESSAGES: Readonly<Record<ShedReason, string>> = {
  loop: 'This gateway has more to do than it can; try again later.',
  memory: 'This gateway is short of memory; try again later.',
  connections: 'This gateway has as many connections as it may; try again later.',
}

/** Notes why on the exchange, and returns what to throw. */
export function toShedError(exchange: Exchange, reason: ShedReason): WeirError {
  exchange.shed = reason
  return new WeirError('queue_full', { message: MESSAGES[reason], retryAfterSeconds: RETRY_AFTER_SECONDS })
}
