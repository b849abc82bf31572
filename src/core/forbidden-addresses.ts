// Addresses that nothing of ours may call, neither for a backend nor for a receiver of alerts. Judged where it matters: on what
// a name resolved to, right before it is dialled. Private and loopback addresses are not among them: model servers live there.
import { BlockList, isIP } from 'node:net'

/** Each with what it is, and where that is written. */
const FORBIDDEN: readonly (readonly [address: string, prefixBits: number, what: string])[] = [
  // RFC 3927; in it 169.254.169.254, the metadata service of AWS, Google, Azure and others, and 169.254.170.2 of ECS.
  ['169.254.0.0', 16, 'link-local, as the metadata services of clouds are'],
  // RFC 4291 2.5.6.
  ['fe80::', 10, 'link-local'],
  // docs.aws.amazon.com: instance metadata and pod identity over IPv6.
  ['fd00:ec2::', 32, 'the metadata service of AWS'],
  // cloud.google.com: metadata over IPv6.
  ['fd20:ce::254', 128, 'the metadata service of Google Cloud'],
  ['100.100.100.200', 32, 'the metadata service of Alibaba Cloud'],
  ['192.0.0.192', 32, 'the metadata service of Oracle Cloud'],
  ['168.63.129.16', 32, 'the host service of Azure'],
  // RFC 6052, RFC 3056 and RFC 4291 2.5.5.1: the same IPv4 addresses inside IPv6 ones. BlockList knows the mapped form by itself.
  ['64:ff9b::169.254.0.0', 112, 'link-local behind NAT64'],
  ['2002:a9fe::', 32, 'link-local behind 6to4'],
  ['::169.254.0.0', 112, 'link-local, written as IPv6'],
  // RFC 5771, RFC 4291 2.7 and RFC 919: many at once, or nobody.
  ['224.0.0.0', 4, 'a multicast address'],
  ['255.255.255.255', 32, 'the broadcast address'],
  ['ff00::', 8, 'a multicast address'],
]

interface Ban {
  readonly list: BlockList
  readonly what: string
}

const BANS: readonly Ban[] = FORBIDDEN.map(([address, prefixBits, what]) => {
  const list = new BlockList()
  list.addSubnet(address, prefixBits, address.includes(':') ? 'ipv6' : 'ipv4')
  return { list, what }
})

/** What is wrong with an address that is a valid one; undefined when nothing is. */
export function whyForbidden(address: string): string | undefined {
  // Link-local addresses come with the name of an interface.
  const bare = address.split('%', 1)[0] ?? ''
  const family = bare.includes(':') ? 'ipv6' : 'ipv4'
  return BANS.find(({ list }) => list.check(bare, family))?.what
}

/** The same of the host of a URL, where an address is written in it; names are judged when they are dialled. */
export function whyForbiddenHost(hostname: string): string | undefined {
  const host = hostname.replaceAll(/[[\]]/g, '')
  return isIP(host) === 0 ? undefined : whyForbidden(host)
}
