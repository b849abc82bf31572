// Opens sockets to backends: finds the address, refuses those no backend may have, tries the others in a sensible order, adds TLS.
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { Clock } from '../../../core/clock.ts'
import { whyForbidden } from '../../../core/forbidden-addresses.ts'
import { ConnectionFault } from '../../http1/fault.ts'
import { NameCache, systemLookup, type Address, type Lookup } from './name-cache.ts'

/** Where a backend is, taken apart once. */
export interface DialTarget {
  /** As it stands in the Host header. */
  readonly authority: string
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  /** From the last handshake: the next one is shorter with it. */
  session: Buffer | undefined
}

const HTTP_PORT = 80
const HTTPS_PORT = 443

/** RFC 8305 5: the Connection Attempt Delay. */
const NEXT_ADDRESS_MS = 250

/** A peer that vanished without a word is noticed some minutes after this, also in the middle of a silent answer. */
const TCP_PROBE_MS = 60_000

export function toDialTarget(url: string): DialTarget {
  const { host, hostname, port, protocol } = new URL(url)
  const isTls = protocol === 'https:'
  return {
    authority: host,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isTls ? HTTPS_PORT : HTTP_PORT) : Number(port),
    isTls,
    session: undefined,
  }
}

export class Dialer {
  readonly clock: Clock
  readonly #names: NameCache

  constructor({ clock, lookup = systemLookup }: { clock: Clock; lookup?: Lookup | undefined }) {
    this.clock = clock
    this.#names = new NameCache({ clock, lookup })
  }

  /** The addresses that may be dialled: at once where they are known. Throws or rejects when there are none. */
  find({ host }: DialTarget): readonly Address[] | Promise<readonly Address[]> {
    const family = isIP(host)
    if (family !== 0) return onlyAllowed(host, [{ address: host, family }])
    const found = this.#names.find(host)
    return found instanceof Promise
      ? found.then((addresses) => onlyAllowed(host, addresses))
      : onlyAllowed(host, found)
  }

  /** A socket that is connecting to one of these, one after the other. Its owner hears `connect` or `secureConnect`, or `error`. */
  connect(target: DialTarget, addresses: readonly Address[], onread?: OnReadOpts): Socket {
    const socket = target.isTls
      ? openTls(target, { addresses, onread })
      : openTcp(target, { addresses, onread })
    socket.setNoDelay(true)
    socket.setKeepAlive(true, TCP_PROBE_MS)
    if (addresses.length > 1) this.#learnFrom(socket, target.host)
    return socket
  }

  /** Which of several addresses did not answer is not to be found out again by the next connection. */
  #learnFrom(socket: Socket, host: string): void {
    const avoid = (address: string): void => this.#names.avoid(host, address)
    socket.on('connectionAttemptFailed', avoid)
    socket.on('connectionAttemptTimeout', avoid)
  }
}

/** The resolved addresses, not the name, are what is judged, and what is dialled: a name cannot change its mind in between. */
function onlyAllowed(host: string, addresses: readonly Address[]): readonly Address[] {
  let refusal: string | undefined
  const allowed = addresses.filter(({ address }) => {
    const why = whyForbidden(address)
    if (why !== undefined) refusal = `${address} is ${why}: no backend may be there`
    return why === undefined
  })
  if (allowed.length > 0) return allowed
  const message = refusal ?? 'the name has no address'
  throw new ConnectionFault('WEIR_ADDRESS_REFUSED', `${host} cannot be dialled: ${message}`)
}

interface Opening {
  readonly addresses: readonly Address[]
  /** Where what comes is read into; the socket is an ordinary stream without it. */
  readonly onread: OnReadOpts | undefined
}

function whereTo({ host, port }: DialTarget, addresses: readonly Address[]) {
  const [first] = addresses
  if (addresses.length === 1 && first !== undefined) return { host: first.address, port }
  return {
    host,
    port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    lookup: (_host: string, _options: object, done: (error: null, found: Address[]) => void): void =>
      done(null, [...addresses]),
  }
}

function openTcp(target: DialTarget, { addresses, onread }: Opening): Socket {
  return connectTcp({ ...whereTo(target, addresses), ...(onread !== undefined && { onread }) })
}

function openTls(target: DialTarget, { addresses, onread }: Opening): TLSSocket {
  const options: ConnectionOptions & { onread?: OnReadOpts } = {
    ...whereTo(target, addresses),
    // RFC 6066 3: a name, never an address. The certificate is checked against the same.
    ...(isIP(target.host) === 0 && { servername: target.host }),
    ...(target.session !== undefined && { session: target.session }),
    ALPNProtocols: ['http/1.1'],
    // Documented for sockets in general, and missing in the types of those with TLS.
    ...(onread !== undefined && { onread }),
  }
  const socket = connectTls(options)
  socket.on('session', (session) => {
    target.session = session
  })
  return socket
}
