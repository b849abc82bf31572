// Which addresses are whose: this machine's, private ones, everybody's. And how a listener of ours is reached from here. Pure.
import { printListenAddress, type ListenAddress } from '../../config/fields.ts'
import { createNetworkSet, parseAddress, parseNetwork } from '../../core/network.ts'

/** RFC 1918, 6598, 4193 and 3927, and those of RFC 5737 and 2544 for examples and tests: nobody outside can reach them. */
const PRIVATE = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '198.18.0.0/15',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
]
const LOOPBACK = ['127.0.0.0/8', '::1/128']

const inNetworks = (texts: readonly string[]) => {
  const holds = createNetworkSet(texts.flatMap((text) => parseNetwork(text) ?? []))
  return (address: string): boolean => {
    const parsed = parseAddress(address)
    return parsed !== undefined && holds(parsed)
  }
}

export const isLoopback = inNetworks(LOOPBACK)
const isPrivate = inNetworks(PRIVATE)

export function isPublic(address: string): boolean {
  return parseAddress(address) !== undefined && !isLoopback(address) && !isPrivate(address)
}

export function isEveryInterface(host: string | undefined): boolean {
  return host === undefined || host === '0.0.0.0' || host === '::'
}

export interface Door {
  /** Without a slash at its end. */
  readonly url: string
  readonly socketPath?: string
  /** As the configuration writes it. */
  readonly shown: string
}

/** How somebody on this machine reaches a listener. */
export function doorOf(address: ListenAddress): Door {
  const shown = printListenAddress(address)
  if (address.kind === 'unix') return { url: 'http://localhost', socketPath: address.path, shown }
  const host = isEveryInterface(address.host) ? '127.0.0.1' : (address.host ?? '')
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`, shown }
}

/** The port of an address, also where it is the usual one of its scheme. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}

export function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/^\[|\]$/g, '')
}
