// What can be configured about the server where several gateways count limits together.
import { z } from 'zod'
import { duration, forms, name, readBy, timer } from '../../../config/fields.ts'
import { Secret } from '../../../core/secret.ts'

const EXPECT_STATE =
  'expected the URL of a Redis or Valkey server, such as redis://127.0.0.1:6379 or rediss://user:password@host:6380/0'

const EXPECT_ENCODED =
  'expected user and password with their special characters percent-encoded, such as %25 for % and %40 for @'

/** A URL that may hold a password. */
export interface StateUrl {
  readonly secret: Secret
  /** Without what must not be read by others. */
  readonly shown: string
}

function stateUrl() {
  return readBy<StateUrl>((value) => {
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
    if (url === undefined || !isStateUrl(url)) return { complaints: [{ path: [], message: EXPECT_STATE }] }
    if (!isDecodable(url.username) || !isDecodable(url.password))
      return { complaints: [{ path: [], message: EXPECT_ENCODED }] }
    return { value: { secret: new Secret(url.href), shown: hidePassword(url) } }
  }).register(forms, { form: 'state' })
}

function isStateUrl({ protocol, hostname, pathname, search }: URL): boolean {
  const isRedis = protocol === 'redis:' || protocol === 'rediss:'
  return isRedis && hostname !== '' && search === '' && /^\/?\d{0,2}$/.test(pathname)
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function hidePassword(url: URL): string {
  const shown = new URL(url.href)
  if (shown.password !== '') shown.password = 'hidden'
  return shown.href
}

/** Longer and a dead server would be felt in every request; shorter and a garbage collection would look like a failure. */
const STATE_TIMEOUT = '50ms'
const MOST_TIMEOUT_MS = 5_000

const stateObject = z.strictObject({
  url: stateUrl().describe('Where it listens; the password in it is never printed.'),
  timeout: duration({ minMs: 1, maxMs: MOST_TIMEOUT_MS })
    .prefault(STATE_TIMEOUT)
    .describe('How long one question may take; the longest time that a failing server adds to a request.'),
  replicas: z
    .int()
    .min(1)
    .max(1_000)
    .prefault(1)
    .describe('How many gateways share it: while it fails, each allows its share of an `open` limit.'),
  prefix: name()
    .prefault('weir')
    .describe('What the names of all its keys begin with; another one for each group of gateways.'),
  failures: z.int().min(1).prefault(5).describe('After so many failures in a row it is no longer asked.'),
  probe: timer().prefault('60s').describe('How often it is tried then whether it answers again.'),
  cluster: z
    .boolean()
    .prefault(false)
    .describe('Whether it is a Redis Cluster; the URL names one of its nodes.'),
})

export const stateSchema = z
  .preprocess((value) => (typeof value === 'string' ? { url: value } : value), stateObject)
  .optional()
  .describe(
    'A Redis or Valkey server where gateways count limits together: its URL, or these keys. Without this each process counts for itself.',
  )

export type StateSettings = Readonly<z.output<typeof stateObject>>
