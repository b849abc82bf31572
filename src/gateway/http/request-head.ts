// Checks of a request's head that Node's parser leaves to us, and the ids it may bring.
import type { IncomingMessage } from 'node:http'
import { WeirError } from '../../core/errors.ts'
import { lowerCase } from './headers.ts'

/** What callers use as ids: UUIDs, ULIDs, trace ids. Anything else could forge log lines. */
const SANE_ID = /^[A-Za-z0-9._:-]{1,128}$/

export function requestIdOf(request: IncomingMessage): string | undefined {
  const id = request.headers['x-request-id']
  return typeof id === 'string' && SANE_ID.test(id) ? id : undefined
}

/** RFC 9112 3.2: more than one Host is a 400; Node takes the first, others the last. */
export function checkRequestHead(request: IncomingMessage): void {
  const { rawHeaders } = request
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && lowerCase(name) === 'host') hosts += 1
  }
  if (hosts > 1)
    throw new WeirError('invalid_request', { message: 'The request has more than one Host header.' })
  if (request.httpVersionMinor === 0 && request.headers['transfer-encoding'] !== undefined) {
    // RFC 9112 6.1: HTTP/1.0 knows no chunks, so where this body ends is a matter of opinion.
    throw new WeirError('invalid_request', { message: 'Transfer-Encoding is not part of HTTP/1.0.' })
  }
}
