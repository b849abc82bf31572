// Building blocks for every subject's config schema: values with units, addresses, secrets.
// What people write goes in, what the program reads comes out. No defaults here: those belong to the subject.
import { z } from 'zod'
import { Secret } from '../core/secret.ts'
import { parseDuration, parseRatio, parseSize } from '../core/units.ts'

/** `250ms`, `3s`, `10m`, `30d` -> milliseconds. */
export function duration() {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const ms = parseDuration(String(value))
    if (ms !== undefined) return ms
    context.addIssue({ code: 'custom', message: `expected a duration such as 250ms, 3s, 10m or 30d` })
    return z.NEVER
  })
}

/** `64KiB`, `32MB` -> bytes. */
export function size() {
  return z.string().transform((value, context) => {
    const bytes = parseSize(value)
    if (bytes !== undefined) return bytes
    context.addIssue({ code: 'custom', message: `expected a size such as 64KiB or 32MB` })
    return z.NEVER
  })
}

/** `99.5%` or `0.995` -> 0.995. */
export function ratio() {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const parsed = parseRatio(String(value))
    if (parsed !== undefined) return parsed
    context.addIssue({ code: 'custom', message: `expected a ratio such as 99.5% or 0.995` })
    return z.NEVER
  })
}

/** A value that is never printed again. */
export function secret() {
  return z
    .string()
    .min(1, 'must not be empty')
    .transform((value) => new Secret(value))
}

/** Where to listen: a port on an interface, or a socket file. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string | undefined; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

const MAX_PORT = 65_535

/** `:8080` (every interface), `host:port`, `[::1]:8080`, `unix:/path`; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    return path === '' ? undefined : { kind: 'unix', path }
  }
  const match = /^(?:\[([^\]]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > MAX_PORT) return undefined
  const host = match[1] ?? match[2]
  return { kind: 'tcp', host: host === '' ? undefined : host, port }
}

export function printListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const host = address.host ?? ''
  return `${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

export function listenAddress() {
  return z.string().transform((value, context) => {
    const address = parseListenAddress(value)
    if (address !== undefined) return address
    context.addIssue({ code: 'custom', message: `expected :port, host:port or unix:/path` })
    return z.NEVER
  })
}

/** An http or https URL without credentials, query or fragment. A trailing slash is dropped. */
export function backendUrl() {
  return z.string().transform((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : undefined
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (url === undefined) return refuse('expected a URL such as http://127.0.0.1:11434')
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('only http and https are spoken')
    if (url.username !== '' || url.password !== '')
      return refuse('credentials do not belong in a URL: use apiKey')
    if (url.search !== '' || url.hash !== '') return refuse('a query or fragment makes no sense here')
    return url.href.replace(/\/+$/, '')
  })
}
