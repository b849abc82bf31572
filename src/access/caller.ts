// What the headers of a request say about who sent it: the one place that takes a credential out of them, for every
// dialect. It decides nothing; admit.ts does.
import { codeAt } from '../core/code-at.ts'

/** `conflict`: two different keys, and guessing which one is meant is how a check is passed by (CVE-2026-45339). */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly key: string }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'conflict' }

/** Why a request from this machine may still be somebody else's: it came through a proxy, or a web page sent it. */
export type Intermediary = 'proxy' | 'web page'

export interface Caller {
  readonly credential: Credential
  readonly via: Intermediary | undefined
}

const NONE: Credential = { kind: 'none' }
const MALFORMED: Credential = { kind: 'malformed' }
const CONFLICT: Credential = { kind: 'conflict' }
const NOBODY: Caller = { credential: NONE, via: undefined }

const BEARER = 'bearer'
const MAX_CREDENTIAL_LENGTH = 1_024
/** The bit that tells a small ASCII letter from a capital one. */
const SMALL = 0x20

/** Reads `[name, value, name, value, …]` as node:http gives it in `rawHeaders`, where no header is merged or dropped. */
export function parseCaller(rawHeaders: readonly string[]): Caller {
  let credential = NONE
  let via: Intermediary | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const value = rawHeaders[at + 1] ?? ''
    credential = combine(credential, parseCredential(name, value))
    if (isProxyHeader(name)) via = 'proxy'
    else if (isForeignOrigin(name, value)) via ??= 'web page'
  }
  return credential === NONE && via === undefined ? NOBODY : { credential, via }
}

/** Most headers are told apart by the length of their name; only a candidate is copied into small letters. */
function parseCredential(name: string, value: string): Credential {
  switch (name.length) {
    case 7:
      return name.toLowerCase() === 'api-key' ? toCredential(value) : NONE
    case 9:
      return name.toLowerCase() === 'x-api-key' ? toCredential(value) : NONE
    case 13:
      return name.toLowerCase() === 'authorization' ? parseBearer(value) : NONE
    default:
      return NONE
  }
}

/** RFC 7239 `Forwarded`, the `X-Forwarded-` family and `X-Real-IP` of reverse proxies, RFC 9110 section 7.6.3 `Via`. */
function isProxyHeader(name: string): boolean {
  switch (codeAt(name, 0) | SMALL) {
    case 0x78: // x; the third letter rules out nearly every other `x-` header before anything is copied
      return 'fr'.includes(name.charAt(2).toLowerCase()) && /^x-(forwarded|real-ip$)/i.test(name)
    case 0x66: // f
      return name.length === 9 && name.toLowerCase() === 'forwarded'
    case 0x76: // v
      return name.length === 3 && name.toLowerCase() === 'via'
    default:
      return false
  }
}

/**
 * A page of another site can make the browser of this machine's user call us (and, by rebinding its own name to our
 * address, even read the answer). Browsers name such a page in `Origin` and no script can change that; programs send none.
 */
function isForeignOrigin(name: string, origin: string): boolean {
  if (name.length !== 6 || name.toLowerCase() !== 'origin') return false
  if (!URL.canParse(origin)) return true
  const { protocol, hostname } = new URL(origin)
  // Editors and desktop apps have schemes of their own, which a web page cannot claim.
  if (protocol !== 'http:' && protocol !== 'https:') return false
  return !/^(.+\.)?localhost$|^127\.\d+\.\d+\.\d+$|^\[::1\]$/.test(hostname)
}

/** RFC 6750 section 2.1; the scheme is case-insensitive (RFC 9110 section 11.1). Other schemes are not addressed to us. */
function parseBearer(value: string): Credential {
  const space = value.indexOf(' ')
  const scheme = space === -1 ? value : value.slice(0, space)
  const isBearer = scheme.length === BEARER.length && scheme.toLowerCase() === BEARER
  if (isBearer) return space === -1 ? NONE : toCredential(value.slice(space + 1))
  // A key without a scheme is a mistake that deserves to be named; `Basic …` is somebody else's business.
  return space === -1 ? toMistake(value) : NONE
}

function toMistake(value: string): Credential {
  return value === '' ? NONE : MALFORMED
}

function toCredential(value: string): Credential {
  const key = value.trim()
  if (key === '') return NONE
  return isUsable(key) ? { kind: 'one', key } : MALFORMED
}

/** Visible ASCII without the comma, by which proxies join two headers into one. */
function isUsable(key: string): boolean {
  if (key.length > MAX_CREDENTIAL_LENGTH) return false
  const { length } = key
  for (let at = 0; at < length; at += 1) {
    const code = codeAt(key, at)
    if (code <= 0x20 || code >= 0x7f || code === 0x2c) return false
  }
  return true
}

function combine(before: Credential, next: Credential): Credential {
  if (before === NONE) return next
  if (next === NONE) return before
  return before.kind === 'one' && next.kind === 'one' && before.key === next.key ? before : CONFLICT
}
