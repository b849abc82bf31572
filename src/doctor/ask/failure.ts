// Why a question over the network got no answer, in words that lead somewhere. Pure.

export type FailureCause =
  | 'refused'
  | 'name'
  | 'unreachable'
  | 'late'
  | 'broken'
  | 'certificate'
  | 'plain'
  | 'foreign'
  | 'large'
  | 'other'

export interface Failure {
  readonly cause: FailureCause
  /** The rest of a sentence that begins with the address. */
  readonly text: string
}

/** By the codes of the system, of OpenSSL and of undici. */
const KNOWN: Readonly<Record<string, readonly [FailureCause, string]>> = {
  ECONNREFUSED: ['refused', 'nobody listens there'],
  ENOENT: ['refused', 'there is no such socket'],
  ENOTFOUND: ['name', 'the name is not known'],
  EAI_AGAIN: ['name', 'the name cannot be looked up right now'],
  EHOSTUNREACH: ['unreachable', 'there is no way to that host'],
  ENETUNREACH: ['unreachable', 'there is no way to that network'],
  EADDRNOTAVAIL: ['unreachable', 'there is no way from this machine'],
  ETIMEDOUT: ['late', 'it accepts no connection in time'],
  UND_ERR_CONNECT_TIMEOUT: ['late', 'it accepts no connection in time'],
  ECONNRESET: ['broken', 'it closes the connection without an answer'],
  EPIPE: ['broken', 'it closes the connection without an answer'],
  UND_ERR_SOCKET: ['broken', 'it closes the connection without an answer'],
  CERT_HAS_EXPIRED: ['certificate', 'its certificate has expired'],
  CERT_NOT_YET_VALID: ['certificate', 'its certificate is not valid yet'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['certificate', 'its certificate is signed by itself'],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'certificate',
    'its certificate is signed by an authority this machine does not know',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'certificate',
    'its certificate is signed by an authority this machine does not know',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'certificate',
    'its certificate is signed by an authority this machine does not know',
  ],
  UNABLE_TO_GET_ISSUER_CERT: [
    'certificate',
    'its certificate is signed by an authority this machine does not know',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: ['certificate', 'its certificate is for another name'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['plain', 'it speaks no TLS'],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['plain', 'it speaks no TLS'],
  EPROTO: ['plain', 'it speaks no TLS that is understood'],
}

/** Nothing came in time, though a connection may be there. */
export class Late extends Error {
  override readonly name = 'Late'
  readonly ms: number

  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
    this.ms = ms
  }
}

export class Large extends Error {
  override readonly name = 'Large'
}

export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Late) return { cause: 'late', text: `no answer within ${thrown.ms / 1_000} s` }
  if (thrown instanceof Large) return { cause: 'large', text: 'the answer is too large to be one' }
  if (thrown instanceof Error && thrown.name === 'HTTPParserError') return FOREIGN
  const code = codeOf(thrown)
  const known = KNOWN[code]
  if (known !== undefined) return { cause: known[0], text: known[1] }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS'))
    return { cause: 'certificate', text: `TLS fails (${code})` }
  return { cause: 'other', text: code === '' ? 'it failed' : `it failed (${code})` }
}

const FOREIGN: Failure = { cause: 'foreign', text: 'what answers there does not speak HTTP' }

/** Several addresses may have been tried: the first says why. undici wraps what a socket says. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  const { code } = thrown as NodeJS.ErrnoException
  if (typeof code === 'string' && code !== 'UND_ERR_SOCKET') return code
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return codeOf(thrown.errors[0])
  const inner = codeOf(thrown.cause)
  return inner === '' ? (code ?? '') : inner
}

/** What mends it, where that does not depend on who was asked. */
export function mendFailure({ cause }: Failure, url: string): string | undefined {
  const { hostname, host } = new URL(url)
  switch (cause) {
    case 'name':
      return `getent hosts ${hostname}; write the name as DNS or /etc/hosts has it`
    case 'certificate':
      return `openssl s_client -connect ${host} shows it; for an authority of your own: NODE_EXTRA_CA_CERTS=/path/to/ca.pem`
    case 'plain':
      return `write http://${host} instead of https://`
    case 'unreachable':
    case 'late':
      return `curl -v ${url}; look for a firewall, or a container whose network is another`
    default:
      return undefined
  }
}
