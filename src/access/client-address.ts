// Where a request comes from: the other end of the socket, or what a configured proxy says of it. Nobody else is believed.
import { parseAddress } from '../core/network.ts'

export interface AddressClues {
  readonly rawHeaders: readonly string[]
  /** What the kernel says about the other end. */
  readonly remoteAddress: string | undefined
  readonly listener: 'tcp' | 'unix'
}

/** A socket file is reached from this machine only, so that its other end can be named as one. */
const THIS_MACHINE = '127.0.0.1'

/** The other end of the socket; undefined for a TCP socket that has just been closed. */
export function peerAddress({ remoteAddress, listener }: AddressClues): string | undefined {
  if (remoteAddress === undefined) return listener === 'unix' ? THIS_MACHINE : undefined
  return parseAddress(remoteAddress)
}

/**
 * The caller's address: the right-most one that is not a trusted proxy's, since each proxy adds who called it on the right.
 * Undefined when it cannot be known: a proxy's word cannot be read, or two of its headers name different callers, of which
 * one may be the caller's own.
 */
export function clientAddress(
  clues: AddressClues,
  isTrusted: ((address: string) => boolean) | undefined,
): string | undefined {
  const peer = peerAddress(clues)
  if (peer === undefined || isTrusted?.(peer) !== true) return peer
  const { forwardedFor, forwarded, realIp } = collect(clues.rawHeaders)
  const lists = [
    ...(forwardedFor === undefined ? [] : [forwardedFor.split(',').map(toNode)]),
    ...(forwarded === undefined ? [] : [parseForwarded(forwarded)]),
  ]
  if (lists.length === 0) return realIp === undefined ? peer : toNode(realIp)
  const [named, ...others] = lists.map((nodes) => nearestStranger(nodes, isTrusted))
  const isClear = others.every((other) => other === named) && !contradicts(realIp, named, isTrusted)
  return isClear ? named : undefined
}

/** The second proxy of a chain notes the first one as `X-Real-IP`, which says nothing of the caller. */
function contradicts(
  realIp: string | undefined,
  named: string | undefined,
  isTrusted: (address: string) => boolean,
): boolean {
  if (realIp === undefined) return false
  const real = toNode(realIp)
  return real === undefined || (real !== named && !isTrusted(real))
}

interface ProxyHeaders {
  forwardedFor: string | undefined
  forwarded: string | undefined
  realIp: string | undefined
}

/** A header that came more than once is one list (RFC 9110 section 5.2). */
function collect(rawHeaders: readonly string[]): ProxyHeaders {
  const found: ProxyHeaders = { forwardedFor: undefined, forwarded: undefined, realIp: undefined }
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const field = FIELDS.get((rawHeaders[at] ?? '').toLowerCase())
    if (field === undefined) continue
    const value = rawHeaders[at + 1] ?? ''
    const before = found[field]
    found[field] = before === undefined ? value : `${before},${value}`
  }
  return found
}

const FIELDS: ReadonlyMap<string, keyof ProxyHeaders> = new Map([
  ['x-forwarded-for', 'forwardedFor'],
  ['forwarded', 'forwarded'],
  ['x-real-ip', 'realIp'],
])

/** Of a chain of proxies that are all trusted, the left-most is the caller. */
function nearestStranger(
  nodes: readonly (string | undefined)[],
  isTrusted: (address: string) => boolean,
): string | undefined {
  let node: string | undefined
  for (let at = nodes.length - 1; at >= 0; at -= 1) {
    node = nodes[at]
    if (node === undefined || !isTrusted(node)) return node
  }
  return node
}

/** `203.0.113.9`, `203.0.113.9:443`, `2001:db8::1`, `[2001:db8::1]:443`. */
function toNode(text: string): string | undefined {
  const bare = text.trim()
  const inBrackets = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(bare)?.[1]
  const beforePort = /^([\d.]+):\d{1,5}$/.exec(bare)?.[1]
  return parseAddress(inBrackets ?? beforePort ?? bare)
}

/** RFC 7239 section 4: elements by comma, pairs by semicolon, values perhaps in quotes. An element may leave `for` out. */
function parseForwarded(text: string): readonly (string | undefined)[] {
  return splitOutside(text, ',').map((element) => {
    for (const pair of splitOutside(element, ';')) {
      const [name = '', ...rest] = pair.split('=')
      if (name.trim().toLowerCase() === 'for') return toNode(unquote(rest.join('=').trim()))
    }
    return undefined
  })
}

function unquote(text: string): string {
  const inner = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  return inner.replace(/\\(.)/g, '$1')
}

/** Splits where the separator does not stand between quotes. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let from = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]
    if (letter === '\\' && isQuoted) at += 1
    else if (letter === '"') isQuoted = !isQuoted
    else if (letter === separator && !isQuoted) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}
