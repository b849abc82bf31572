// Errors as answers: in the caller's dialect, with what a client needs to behave well.
import type { WeirError } from '../../core/errors.ts'
import type { Exchange } from '../exchange.ts'
import { endHeld } from './held.ts'
import { modelHeaders, reply } from './reply.ts'
import { methodsAt } from './routes.ts'
import { pathOf } from './target.ts'

/** Sends the error, or breaks the answer off when one has begun: never a silent end. */
export function replyError(exchange: Exchange, error: WeirError): void {
  const { response, request } = exchange
  if (response.headersSent) {
    if (exchange.isHeld) endHeld(exchange, error)
    else if (!response.writableEnded) response.destroy()
    return
  }
  if (response.destroyed) return
  const headers = ['content-type', 'application/json', ...modelHeaders(exchange)]
  headers.push('x-weir-attempts', String(exchange.attempts.length))
  if (error.retryAfterSeconds !== undefined) headers.push('retry-after', String(error.retryAfterSeconds))
  // SDKs retry every 429 unless they are told that waiting does not help.
  if (isHopeless(error)) headers.push('x-should-retry', 'false')
  if (error.status === METHOD_NOT_ALLOWED) headers.push('allow', methodsAt(pathOf(request.url)).join(', '))
  // RFC 9110 15.5.2: a 401 says which scheme it wants.
  if (error.code === 'unauthorized') headers.push('www-authenticate', 'Bearer')
  if (error.code === 'draining' || exchange.shed === 'connections') headers.push('connection', 'close')
  const body = Buffer.from(exchange.api.toErrorBody(error, exchange.id))
  reply(exchange, { status: error.status, headers, body })
}

const METHOD_NOT_ALLOWED = 405

/** Official clients do not wait longer than a minute, whatever `retry-after` says: they would ask again at once, and in vain. */
const MAX_CLIENT_WAIT_S = 60

function isHopeless({ code, retryAfterSeconds = 0 }: WeirError): boolean {
  return code === 'budget_exhausted' || (code === 'rate_limited' && retryAfterSeconds > MAX_CLIENT_WAIT_S)
}
