// Where a load goes: an address, taken apart, and whether it is a machine that somebody would load without being asked twice.
import { lookup } from 'node:dns/promises'
import { createNetworkSet, parseAddress, parseNetwork } from '../../core/network.ts'

export interface Target {
  readonly origin: string
  /** Without a slash at its end. */
  readonly basePath: string
  readonly socketPath: string | undefined
  readonly host: string
  /** As reports name it; never with a password. */
  readonly shown: string
}

export type ReadTarget = { readonly target: Target } | { readonly complaint: string }

const EXPECTED = 'expected an address such as http://127.0.0.1:18789'

export function parseTarget(text: string): ReadTarget {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return { complaint: EXPECTED }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    return { complaint: 'a password does not belong into an address; give a key with --key-env' }
  if (url.search !== '' || url.hash !== '') return { complaint: EXPECTED }
  // People copy the base address that their client library wants.
  const basePath = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return {
    target: { origin: url.origin, basePath, socketPath: undefined, host, shown: `${url.origin}${basePath}` },
  }
}

/** A listener of this machine. */
export function toSocketTarget(socketPath: string): Target {
  return {
    origin: 'http://localhost',
    basePath: '',
    socketPath,
    host: 'localhost',
    shown: `unix:${socketPath}`,
  }
}

/** RFC 1918, 6598 and 4193, loopback and link-local: machines of one's own house. */
const OWN_NETWORKS = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fc00::/7',
  'fe80::/10',
].flatMap((text) => parseNetwork(text) ?? [])

const isOwn = createNetworkSet(OWN_NETWORKS)

/** Resolves a name to its addresses. */
export type Lookup = (host: string) => Promise<readonly string[]>

export const systemLookup: Lookup = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/** Undefined: go on. Otherwise why not, in words. */
export async function refuseStranger(
  { host }: Pick<Target, 'host'>,
  allowed: string | undefined,
  resolve: Lookup,
): Promise<string | undefined> {
  if (allowed !== undefined && allowed.toLowerCase() === host.toLowerCase()) return undefined
  const literal = parseAddress(host)
  let addresses: readonly string[]
  try {
    addresses = literal === undefined ? await resolve(host) : [literal]
  } catch {
    return `the name ${host} is not found`
  }
  const strange = addresses.find((address) => !isOwn(parseAddress(address) ?? ''))
  if (addresses.length > 0 && strange === undefined) return undefined
  const where = literal === undefined && strange !== undefined ? `${host} (${strange})` : host
  return `${where} is neither this machine nor in a private network; a load test of somebody else's server is an attack. If it is yours: --allow-host ${host}`
}
