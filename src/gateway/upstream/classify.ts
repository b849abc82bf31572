// What a backend's failure means: transport errors and error statuses, as errors of our table. Pure.
import type { IncomingHttpHeaders } from 'node:http'
import { WeirError } from '../../core/errors.ts'
import { isBusyStatus } from './busy-status.ts'
import { ConnectionFault } from '../http1/fault.ts'
import { isOwnLack } from './own-lack.ts'
import { parseRetryAfter } from './retry-after.ts'

/** `isOpen`: part of the answer was given on. `hasBegun`: its head had come, so it was cut off, not out of reach. */
export function toTransportError(
  thrown: Error,
  { isOpen, hasBegun }: { isOpen: boolean; hasBegun: boolean },
): WeirError {
  if (thrown instanceof WeirError) return thrown
  if (isOpen) return new WeirError('stream_interrupted', { cause: thrown })
  if (isOwnLack(thrown)) return toOwnLack(thrown)
  const isProtocol = hasBegun || (thrown instanceof ConnectionFault && thrown.isProtocol)
  return new WeirError(isProtocol ? 'backend_protocol_error' : 'backend_unreachable', { cause: thrown })
}

/** Files and sockets come back as soon as something else ends. */
const OWN_LACK_SECONDS = 1

/** The blame of `internal` is the gateway's: nobody may conclude anything about the backend from it. */
function toOwnLack(cause: Error): WeirError {
  return new WeirError('internal', {
    status: 503,
    message: 'This gateway has no room for another connection right now; try again later.',
    retryAfterSeconds: OWN_LACK_SECONDS,
    cause,
  })
}

/** How an error status is answered: in the backend's own words, or in ours. */
export interface Refusal {
  readonly error: WeirError
  /** The caller's own mistake, described by the backend in the caller's dialect: its body is passed on. */
  readonly passBody: boolean
}

export function toRefusal(status: number, headers: IncomingHttpHeaders): Refusal {
  const cause = toCause(status)
  const ours = (error: WeirError): Refusal => ({ error, passBody: false })
  if (status < 400) return ours(new WeirError('backend_protocol_error', { cause }))
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 407:
      // Our credential for the backend was refused: nothing the caller could mend.
      return ours(new WeirError('backend_error', { cause }))
    case 404:
      return ours(
        new WeirError('model_not_found', {
          message: 'The model server does not know this model, or does not speak this API.',
          cause,
        }),
      )
    case 413:
      return { error: new WeirError('request_too_large', { cause }), passBody: true }
    case 429:
      return ours(new WeirError('rate_limited', { ...retryAfter(headers), cause }))
    case 405:
    case 408:
    case 499:
      return ours(new WeirError('backend_error', { cause }))
  }
  if (isBusyStatus(status)) return ours(toBusy(status, headers))
  if (status >= 500) return ours(new WeirError('backend_error', { cause }))
  return { error: new WeirError('invalid_request', { status, cause }), passBody: true }
}

/** With its status as it came: Anthropic's client has a class of its own for 529. */
function toBusy(status: number, headers: IncomingHttpHeaders): WeirError {
  return new WeirError('backend_error', {
    status,
    message: 'The model server is busy or still loading; try again later.',
    ...retryAfter(headers),
    cause: toCause(status),
  })
}

/** A model server that is busy or loading is worth another try soon, not at once. */
const DEFAULT_BUSY_SECONDS = 2

/** Not the body: servers quote the request in it, and the log holds no content. */
function toCause(status: number): string {
  return `the backend answered with status ${status}`
}

/** Always a number: without one, clients of a busy server come back at once, all together. */
function retryAfter(headers: IncomingHttpHeaders): { retryAfterSeconds: number } {
  return { retryAfterSeconds: parseRetryAfter(headers) ?? DEFAULT_BUSY_SECONDS }
}
