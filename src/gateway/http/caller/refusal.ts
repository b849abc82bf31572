// Answers to what never became a request, and the words for why a request could not be read to its end.
import { STATUS_CODES } from 'node:http'
import { toWeirError, WeirError } from '../../../core/errors.ts'
import { toOpenAiErrorBody } from '../../dialects/errors.ts'
import { ConnectionFault } from '../../http1/fault.ts'

/** A whole answer, and the last one of its connection. */
export function toRefusal(error: WeirError): string {
  const body = toOpenAiErrorBody(error)
  return (
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
}

/** `isInBody`: its head was sound. */
export function toReadError(thrown: unknown, isInBody: boolean): WeirError {
  if (!(thrown instanceof ConnectionFault)) return toWeirError(thrown)
  if (thrown.code === 'WEIR_MESSAGE_TOO_LARGE') {
    return new WeirError(isInBody ? 'request_too_large' : 'header_too_large')
  }
  return new WeirError('invalid_request', {
    message: 'This is not a valid HTTP/1.1 request.',
    cause: thrown,
  })
}

export function tooSlow(): WeirError {
  return new WeirError('invalid_request', { status: 408, message: 'The request took too long to arrive.' })
}

export function noTunnels(): WeirError {
  return new WeirError('invalid_request', { status: 405, message: 'This is not a proxy for tunnels.' })
}
