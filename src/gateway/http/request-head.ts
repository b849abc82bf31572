// Checks of a request's head that are no matter of framing, and the ids it may bring.
import { WeirError } from '../../core/errors.ts'
import type { CallerRequest } from './caller/caller-request.ts'
import { lowerCase } from './headers.ts'

type Head = Pick<CallerRequest, 'rawHeaders' | 'headers' | 'httpVersionMinor'>

/** What callers use as ids: UUIDs, ULIDs, trace ids. Anything else could forge log lines. */
const SANE_ID = /^[A-Za-z0-9._:-]{1,128}$/

export function requestIdOf(request: Pick<Head, 'headers'>): string | undefined {
  const id = request.headers['x-request-id']
  return id !== undefined && SANE_ID.test(id) ? id : undefined
}

/** RFC 9110 10.1.1: an expectation that is not known is a 417. */
export function checkRequestHead(request: Head): void {
  const { headers } = request
  checkHosts(request)
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    throw new WeirError('invalid_request', { status: 417, message: 'This expectation is not known.' })
  checkTransferEncoding(request)
}

/** RFC 9112 3.2: no Host, or more than one, is a 400: some would take the first, others the last. */
function checkHosts({ rawHeaders, httpVersionMinor, headers }: Head): void {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && lowerCase(name) === 'host') hosts += 1
  }
  if (hosts === 0 && httpVersionMinor > 0)
    throw new WeirError('invalid_request', { message: 'The request has no Host header.' })
  if (hosts > 1)
    throw new WeirError('invalid_request', { message: 'The request has more than one Host header.' })
  if (hosts === 1) checkHost(headers.host ?? '')
}

function checkTransferEncoding({ httpVersionMinor, headers }: Head): void {
  const encoding = headers['transfer-encoding']
  if (encoding === undefined) return
  // RFC 9112 6.1: HTTP/1.0 knows no chunks, so where this body ends is a matter of opinion.
  if (httpVersionMinor === 0)
    throw new WeirError('invalid_request', { message: 'Transfer-Encoding is not part of HTTP/1.0.' })
  // RFC 9112 6.1: a body in an encoding we do not undo would be taken for something else than it is.
  if (encoding.toLowerCase() !== 'chunked')
    throw new WeirError('invalid_request', { message: 'Only the transfer encoding chunked is known.' })
}

/** RFC 3986 3.2.2, less what no host of HTTP is called. Empty is what a probe that knows no name sends. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]*)(?::\d{0,5})?$/

/** Callers name the same one over and over. */
let lastHost = ''

function checkHost(host: string): void {
  if (host === lastHost) return
  if (!HOST.test(host)) throw new WeirError('invalid_request', { message: 'The Host header is not valid.' })
  lastHost = host
}
