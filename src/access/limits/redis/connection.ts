// The connection to Redis, set so that a server that fails is noticed at once and never waited for: no queue while it is away,
// no second try, a deadline for every answer.
import { hash } from 'node:crypto'
import { isIP } from 'node:net'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Clock } from '../../../core/clock.ts'
import type { StateSettings } from '../state/config.ts'
import type { ScriptRunner } from './redis-ledger.ts'
import type { Script } from './scripts.ts'

export interface Connection extends ScriptRunner {
  /** Resolves when the server can be asked; never when it cannot. */
  readonly ready: Promise<void>
}

/** A server that takes longer to accept a connection is of no use to a request. */
const CONNECT_TIMEOUT_MS = 1_000
/** How long between two attempts to connect: the breaker asks by its own clock, this only brings the connection back. */
const RECONNECT_STEP_MS = 50
const MAX_RECONNECT_MS = 1_000

export type ConnectionSettings = Pick<StateSettings, 'url' | 'timeout' | 'cluster'>

export interface ConnectionContext {
  readonly clock: Clock
  /** Told of what the connection reports by itself. */
  readonly onError: (error: unknown) => void
}

export function createConnection(
  settings: ConnectionSettings,
  { clock, onError }: ConnectionContext,
): Connection {
  const client = createClient(settings)
  // Without a listener the library writes to the console; what matters of it comes back with each question.
  client.on('error', onError)
  const ready = new Promise<void>((resolve) => void client.once('ready', resolve))
  return {
    ready,
    run: (script, keys, args) =>
      inTime(runScript(client, script, [keys, args]), { clock, ms: settings.timeout }),
    reconnect: () => {
      // Also one that was accepted and never answered: the system may take a quarter of an hour to notice. While none is there, the
      // client tries by itself.
      if (client.status === 'ready' || client.status === 'connect') client.disconnect(true)
    },
    close: () => client.disconnect(),
  }
}

function createClient({ url, cluster }: ConnectionSettings): Redis | Cluster {
  const address = new URL(url.secret.reveal())
  const options = {
    ...(address.username === '' ? {} : { username: decodeURIComponent(address.username) }),
    ...(address.password === '' ? {} : { password: decodeURIComponent(address.password) }),
    ...(address.protocol === 'rediss:' ? { tls: toTls(hostOf(address)) } : {}),
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A reply that never came is not asked for again: the answer would be for a request that has gone on.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    connectionName: 'weir',
    retryStrategy: (attempt: number) => Math.min(attempt * RECONNECT_STEP_MS, MAX_RECONNECT_MS),
  } satisfies RedisOptions
  const port = address.port === '' ? DEFAULT_PORT : Number(address.port)
  if (!cluster) {
    const db = Number(address.pathname.slice(1))
    return new Redis({ ...options, host: hostOf(address), port, db })
  }
  return new Cluster([{ host: hostOf(address), port }], {
    redisOptions: options,
    enableOfflineQueue: false,
    clusterRetryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, MAX_RECONNECT_MS),
  })
}

const DEFAULT_PORT = 6_379

/** The nodes of a cluster name each other by address: certificates are for the name that was configured. RFC 6066 3: never an address. */
function toTls(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {}
}

/** Without the brackets of an IPv6 address. */
function hostOf(address: URL): string {
  return address.hostname.replace(/^\[|\]$/g, '')
}

/** No answer came within its time. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer'

  constructor(ms: number) {
    super(`no answer within ${ms} ms`)
  }
}

/**
 * Not the library's own deadline: when this process was busy, that one is over before the answer that has long been there
 * is read. After the timer comes the turn of the sockets, and after it that of `setImmediate`.
 */
function inTime<T>(answer: Promise<T>, { clock, ms }: { clock: Clock; ms: number }): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => void setImmediate(() => reject(new NoAnswer(ms))))
    const settle = <V>(end: (value: V) => void) => {
      return (value: V): void => {
        stop()
        end(value)
      }
    }
    answer.then(settle(resolve), settle(reject))
  })
}

const digests = new Map<string, string>()

function digestOf({ name, source }: Script): string {
  let digest = digests.get(name)
  if (digest === undefined) {
    digest = hash('sha1', source, 'hex')
    digests.set(name, digest)
  }
  return digest
}

/** By its digest; a server that has forgotten the script, or never knew it, gets it whole. */
async function runScript(
  client: Redis | Cluster,
  script: Script,
  [keys, args]: readonly [readonly string[], readonly string[]],
): Promise<unknown> {
  try {
    return await client.evalsha(digestOf(script), keys.length, ...keys, ...args)
  } catch (thrown) {
    if (!(thrown instanceof Error) || !thrown.message.startsWith('NOSCRIPT')) throw thrown
    return client.eval(script.source, keys.length, ...keys, ...args)
  }
}
