// Building blocks for every subject's config schema: values with units, addresses, secrets.
// What people write goes in, what the program reads comes out. No defaults here: those belong to the subject.
import { z } from 'zod'
import { parseInstant } from '../core/instant.ts'
import { parseNetwork } from '../core/network.ts'
import { Secret } from '../core/secret.ts'
import { parseDuration, parseRatio, parseSize, printDuration, printSize } from '../core/units.ts'

/** How a value is written, for what must print it again: the reference, the editor schema, the resolved configuration. */
export type Form =
  | 'duration'
  | 'size'
  | 'ratio'
  | 'address'
  | 'url'
  | 'secret'
  | 'hash'
  | 'instant'
  | 'network'
  | 'concurrency'
  | 'pause'
  | 'rates'
  | 'slots'
  | 'tokens'
  | 'price'
  | 'state'
  | 'store'
  | 'number'
  | 'sli'
  | 'sloWindow'
  | 'target'
  | 'timeOfDay'

export const forms = z.registry<{ readonly form: Form }>()

/** Schemas of maps for which a name alone may stand. */
export const nameable = z.registry<{ readonly by: 'name' }>()

export interface DurationLimits {
  readonly minMs?: number
  readonly maxMs?: number
}

export interface SizeLimits {
  readonly minBytes?: number
  readonly maxBytes?: number
}

const EXPECT_DURATION = 'expected a duration such as 250ms, 3s, 10m or 30d'
const EXPECT_PAUSE = 'expected a duration such as 15s, or off'
const EXPECT_SIZE = 'expected a size such as 64KiB or 32MB'
const EXPECT_RATIO = 'expected a ratio such as 99.5% or 0.995'
const EXPECT_ADDRESS = 'expected an address such as :8080, 127.0.0.1:8080 or unix:/run/weir.sock'
const EXPECT_INSTANT = 'expected a day such as 2026-12-31 or a moment such as 2026-12-31T18:00:00Z'
const EXPECT_NETWORK = 'expected a network such as 10.0.0.0/8 or fd00::/8, or one address'
const EXPECT_URL = 'expected a URL such as http://127.0.0.1:11434'
const EXPECT_NAME =
  'expected letters, digits, dots, dashes and underscores, at most 63, a letter or digit first'

/** Something wrong with a value or a part of it; the path starts at the value. */
export interface Complaint {
  readonly path: readonly (string | number)[]
  readonly message: string
}

export type Read<T> = { readonly value: T } | { readonly complaints: readonly Complaint[] }

/** A value of several forms, read by a function of ours: the schema library's own words for such a choice help nobody. */
export function readBy<T>(read: (value: unknown) => Read<T>) {
  return z.unknown().transform((value, context): T => {
    const result = read(value)
    if ('value' in result) return result.value
    for (const { path, message } of result.complaints) {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
    return z.NEVER
  })
}

/** A map, or its `name` alone. */
export function nameOrMap<T extends z.ZodObject>(map: T) {
  const schema = z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), map)
  nameable.add(schema, { by: 'name' })
  return schema
}

/** `250ms`, `3s`, `10m`, `30d` -> milliseconds. */
export function duration(limits: DurationLimits = {}) {
  const { minMs = 0, maxMs = Number.MAX_SAFE_INTEGER } = limits
  return z
    .union([z.string(), z.number()], { error: EXPECT_DURATION })
    .transform((value, context) => {
      const ms = parseDuration(String(value))
      if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms
      const range = `expected a duration from ${printDuration(minMs)} to ${printDuration(maxMs)}`
      context.addIssue({ code: 'custom', message: ms === undefined ? EXPECT_DURATION : range })
      return z.NEVER
    })
    .register(forms, { form: 'duration' })
}

/** setTimeout counts in 31 bits of milliseconds; what is longer fires at once. A whole day number below that. */
const MAX_TIMER_MS = 24 * 86_400_000

/** A duration that a timer has to keep. Zero is refused unless it is asked for: no clock of ours can be switched off. */
export function timer(minMs = 1) {
  return duration({ minMs, maxMs: MAX_TIMER_MS })
}

/** `64KiB`, `32MB` -> bytes. */
export function size(limits: SizeLimits = {}) {
  const { minBytes = 0, maxBytes = Number.MAX_SAFE_INTEGER } = limits
  return z
    .string({ error: EXPECT_SIZE })
    .transform((value, context) => {
      const bytes = parseSize(value)
      if (bytes !== undefined && bytes >= minBytes && bytes <= maxBytes) return bytes
      const range = `expected a size from ${printSize(minBytes)} to ${printSize(maxBytes)}`
      context.addIssue({ code: 'custom', message: bytes === undefined ? EXPECT_SIZE : range })
      return z.NEVER
    })
    .register(forms, { form: 'size' })
}

/** `99.5%` or `0.995` -> 0.995. */
export function ratio() {
  return z
    .union([z.string(), z.number()], { error: EXPECT_RATIO })
    .transform((value, context) => {
      const parsed = parseRatio(String(value))
      if (parsed !== undefined) return parsed
      context.addIssue({ code: 'custom', message: EXPECT_RATIO })
      return z.NEVER
    })
    .register(forms, { form: 'ratio' })
}

/** `2026-12-31T18:00:00Z`, or `2026-12-31` for the end of that day -> milliseconds since the epoch. */
export function instant() {
  return z
    .string({ error: EXPECT_INSTANT })
    .transform((value, context) => {
      const ms = parseInstant(value)
      if (ms !== undefined) return ms
      context.addIssue({ code: 'custom', message: EXPECT_INSTANT })
      return z.NEVER
    })
    .register(forms, { form: 'instant' })
}

/** `10.0.0.0/8`, or one address. It stays as it was written: what is made of it depends on the subject. */
export function network() {
  return z
    .string({ error: EXPECT_NETWORK })
    .refine((value) => parseNetwork(value) !== undefined, EXPECT_NETWORK)
    .register(forms, { form: 'network' })
}

/** A value that is never printed again. */
export function secret() {
  return z
    .string()
    .min(1)
    .transform((value) => new Secret(value))
    .register(forms, { form: 'secret' })
}

/** A label value and a header value: no spaces, no control characters, nothing that needs quoting. */
export function name() {
  return z.string({ error: EXPECT_NAME }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, EXPECT_NAME)
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
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]*)):(\d{1,5})$/.exec(text)
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
  return z
    .string({ error: EXPECT_ADDRESS })
    .transform((value, context) => {
      const address = parseListenAddress(value)
      if (address !== undefined) return address
      context.addIssue({ code: 'custom', message: EXPECT_ADDRESS })
      return z.NEVER
    })
    .register(forms, { form: 'address' })
}

/** An http or https URL without credentials, query or fragment. A trailing slash is dropped. */
export function backendUrl() {
  return z
    .string({ error: EXPECT_URL })
    .transform((value, context) => {
      const url = URL.canParse(value) ? new URL(value) : undefined
      const refusal = url === undefined ? EXPECT_URL : refuseUrl(url)
      if (url !== undefined && refusal === undefined) return url.href.replace(/\/+$/, '')
      context.addIssue({ code: 'custom', message: refusal ?? EXPECT_URL })
      return z.NEVER
    })
    .register(forms, { form: 'url' })
}

function refuseUrl(url: URL): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `${EXPECT_URL}: only http and https are spoken`
  if (url.username !== '' || url.password !== '') return 'credentials do not belong in a URL: use apiKey'
  if (url.search !== '' || url.hash !== '') return 'a query or fragment makes no sense here: leave it out'
  return undefined
}

/** How many at once; `auto` leaves it to be found out. */
export function concurrency(most: number) {
  const error = `expected a number of slots from 1 to ${most}, or auto`
  return z
    .union([z.int({ error }).min(1, error).max(most, error), z.literal('auto')], { error })
    .register(forms, { form: 'concurrency' })
}

/** A timer that may be switched off: `off` -> infinity. */
export function pause(minMs: number) {
  return z
    .union([z.string(), z.number(), z.literal(false)], { error: EXPECT_PAUSE })
    .transform((value, context) => {
      // YAML 1.1 reads `off` as false.
      if (value === OFF || value === false) return Infinity
      const ms = parseDuration(String(value))
      if (ms !== undefined && ms >= minMs && ms <= MAX_TIMER_MS) return ms
      const range = `expected a duration from ${printDuration(minMs)} to ${printDuration(MAX_TIMER_MS)}, or off`
      context.addIssue({ code: 'custom', message: ms === undefined ? EXPECT_PAUSE : range })
      return z.NEVER
    })
    .register(forms, { form: 'pause' })
}

const OFF = 'off'

export function printPause(ms: number): string {
  return ms === Infinity ? OFF : printDuration(ms)
}
