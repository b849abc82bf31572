// Answers whose head was sent while the caller waited (admission/keep-alive.ts): status and headers are spent, so whatever
// is no event stream now reaches the caller as one error event.
import { WeirError } from '../../core/errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Opened } from '../upstream/attempt.ts'

/** Ends the stream with this error in the caller's dialect. */
export function endHeld(exchange: Exchange, error: WeirError): void {
  const { response, api } = exchange
  if (response.writableEnded || error.code === 'client_closed') {
    response.destroy()
    return
  }
  const event = Buffer.from(api.toErrorEvent(error, { requestId: exchange.id, sequence: 0 }))
  exchange.responseBytes += event.length
  exchange.content?.addAnswer(event)
  response.end(event)
}

/** Why an answer cannot follow a head that says it is an event stream; undefined when it can. */
export function refuseHeld({ headers, body, error }: Opened): WeirError | undefined {
  if (error !== undefined) return new WeirError(error.code, { message: messageIn(body) ?? error.message })
  const isStream = body === undefined && headers['content-type']?.startsWith('text/event-stream') === true
  const { 'content-encoding': encoding = 'identity' } = headers
  if (isStream && encoding === 'identity') return undefined
  return new WeirError('backend_protocol_error', {
    cause: isStream ? 'the answer is compressed' : 'a stream was asked for, and the answer is none',
  })
}

/** A caller's own mistake as the backend describes it: it names the field. */
function messageIn(body: Buffer | undefined): string | undefined {
  try {
    const { error } = JSON.parse(body?.toString('utf8') ?? '') as { error?: unknown }
    const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error
    return typeof message === 'string' && message !== '' ? message : undefined
  } catch {
    return undefined
  }
}
