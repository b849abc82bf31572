// Reads the body of a request into memory, never more of it than allowed.
import { toWeirError, WeirError } from '../../core/errors.ts'
import type { GatewayContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { toShedError } from '../overload/shed.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly overload: GatewayContext['overload']
}

/**
 * Hands the body over as it came: at once when all of it is there, or resolves when it is. Throws or rejects with what
 * `accept` throws, and when the body is too large or the caller leaves; throws at once when its head says that it will not do.
 */
export function receiveBody(
  exchange: Exchange,
  { maxBytes, overload }: BodyLimits,
  accept: (body: Buffer) => void,
): Promise<void> | undefined {
  const { request, response } = exchange
  checkHead(exchange, maxBytes)
  // RFC 9110 10.1.1: in HTTP/1.0 the question is not asked, whatever stands in the head.
  if (request.headers.expect !== undefined && request.httpVersionMinor > 0) response.writeContinue()
  const whole = request.takeWhole()
  if (whole !== undefined) {
    accept(whole)
    return undefined
  }
  return receiveInPieces(exchange, { maxBytes, overload }, accept)
}

function receiveInPieces(
  exchange: Exchange,
  { maxBytes, overload }: BodyLimits,
  accept: (body: Buffer) => void,
): Promise<void> {
  const { request } = exchange
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined
    let more: Buffer[] | undefined
    let size = 0
    const fail = (error: WeirError): void => {
      request.discard()
      exchange.setWork(undefined)
      reject(error)
    }
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size > maxBytes) fail(tooLarge(maxBytes))
      else if (first === undefined) first = chunk
      // Large bodies are what fills a memory: those that were let in before it was full are let go first.
      else if (overload.strain === 'memory') fail(toShedError(exchange, 'memory'))
      else (more ??= [first]).push(chunk)
    }
    const onEnd = (): void => {
      exchange.setWork(undefined)
      const body = more === undefined ? (first ?? EMPTY) : Buffer.concat(more, size)
      try {
        accept(body)
        resolve()
      } catch (thrown) {
        reject(toWeirError(thrown))
      }
    }
    exchange.setWork({ cancel: fail })
    if (exchange.cancelled === undefined) request.read({ onData, onEnd })
  })
}

const EMPTY = Buffer.alloc(0)

function checkHead({ request }: Exchange, maxBytes: number): void {
  const length = request.headers['content-length']
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes)
  const encoding = request.headers['content-encoding']
  // A compressed body would have to be unpacked to be checked, and a small one can unpack to gigabytes.
  if (encoding !== undefined && encoding !== 'identity') {
    throw new WeirError('invalid_request', {
      status: 415,
      message: 'Compressed request bodies are not accepted.',
    })
  }
}

function tooLarge(maxBytes: number): WeirError {
  return new WeirError('request_too_large', { message: `The request body is larger than ${maxBytes} bytes.` })
}
