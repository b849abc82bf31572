// Addresses and networks as people write them and as sockets report them. Pure; nothing is looked up.
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** `10.0.0.0/8`, or one address as the network that holds it alone. */
export interface Network {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

const IPV4_BITS = 32
const IPV6_BITS = 128
/** How a socket that listens on both families spells a caller of the older one (RFC 4291 section 2.5.5.2). */
const MAPPED = '::ffff:'

export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const address = slash === -1 ? text : text.slice(0, slash)
  const version = isIP(address)
  // A zone names an interface of one machine, and a mapped network would never be met: callers arrive under their own family.
  if (version === 0 || address.includes('%') || address.toLowerCase().startsWith(MAPPED)) return undefined
  const bits = version === 4 ? IPV4_BITS : IPV6_BITS
  const prefix = slash === -1 ? bits : parsePrefix(text.slice(slash + 1), bits)
  return prefix === undefined ? undefined : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

function parsePrefix(text: string, bits: number): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= bits ? Number(text) : undefined
}

/** One address in the form it is compared in: a mapped IPv4 address as IPv4, without a zone; undefined for anything else. */
export function parseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (!isIPv6(text)) return undefined
  const zone = text.indexOf('%')
  const address = (zone === -1 ? text : text.slice(0, zone)).toLowerCase()
  const tail = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : ''
  return isIPv4(tail) ? tail : address
}

/** Says whether an address, as `parseAddress` gives it, lies in one of these networks. */
export function createNetworkSet(networks: readonly Network[]): (address: string) => boolean {
  const list = new BlockList()
  for (const { address, prefix, family } of networks) list.addSubnet(address, prefix, family)
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

const GROUPS = 8
/** RFC 6177: a site gets at least a /64, and may use every address in it. */
const SITE_GROUPS = 4

/** Who counts as one caller: an IPv4 address, or the /64 of an IPv6 one. */
export function toSite(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // Two groups written as an IPv4 address lie in the lower half, so that counting them as one moves nothing above it
  // but the zeros.
  const dotted = (after.at(-1) ?? before.at(-1) ?? '').includes('.') ? 1 : 0
  const zeros =
    tail === undefined
      ? []
      : Array.from({ length: GROUPS - dotted - before.length - after.length }, () => '0')
  const site = [...before, ...zeros, ...after].slice(0, SITE_GROUPS)
  return `${site.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
