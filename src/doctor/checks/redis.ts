// Is the Redis that limits are counted in reachable, fast, writable, and of a version that knows what is asked of it?
import { Redis } from 'ioredis'
import type { Clock } from '../../core/clock.ts'
import { printDuration, printSize } from '../../core/units.ts'
import type { Check, Setup } from '../check.ts'
import { hostOf, portOf } from '../ask/addresses.ts'
import { toFailure } from '../ask/failure.ts'
import { cut } from '../ask/json.ts'
import { fail, ok, warn, type Finding } from '../finding.ts'
import { isBefore, parseVersion } from '../vulnerabilities.ts'

type State = NonNullable<Setup['config']['limits']['state']>

const CONNECT_MS = 2_000
const ANSWER_MS = 3_000
const ROUNDS = 5
/** Redis 5 and older have no end of support to speak of; scripts here need nothing newer than 6. */
const LEAST_VERSION = '6.0'
const REDIS_PORT = '6379'

export const redis: Check = {
  name: 'redis',
  group: 'stores',
  question: 'Is Redis reachable, fast and writable?',
  subjects: ({ config }) => (config.limits.state === undefined ? [] : ['']),
  async ask({ setup, clock }) {
    const { state } = setup.config.limits
    if (state === undefined) return []
    const client = connect(state)
    // Without a listener the library writes to the console; what matters comes back with the question.
    let lastError: unknown
    client.on('error', (error: unknown) => (lastError = error))
    try {
      await client.connect()
      return await examine(client, state, clock)
    } catch (thrown) {
      return toFinding(state, isUseful(thrown) ? thrown : (lastError ?? thrown))
    } finally {
      client.disconnect()
    }
  },
}

/** "Connection is closed." says nothing of why. */
function isUseful(thrown: unknown): boolean {
  return thrown instanceof Error && !/^Connection is closed/.test(thrown.message)
}

function connect({ url }: State): Redis {
  const address = new URL(url.secret.reveal())
  if (address.port === '') address.port = REDIS_PORT
  return new Redis({
    host: hostOf(address),
    port: portOf(address),
    ...(address.username === '' ? {} : { username: decodeURIComponent(address.username) }),
    ...(address.password === '' ? {} : { password: decodeURIComponent(address.password) }),
    ...(address.protocol === 'rediss:' ? { tls: {} } : {}),
    db: Number(address.pathname.slice(1)),
    ...{ lazyConnect: true, connectTimeout: CONNECT_MS, commandTimeout: ANSWER_MS },
    ...{ maxRetriesPerRequest: 0, enableOfflineQueue: false, retryStrategy: () => null },
    connectionName: 'weir-doctor',
  })
}

async function examine(client: Redis, state: State, clock: Clock): Promise<Finding | readonly Finding[]> {
  // Some servers let anybody connect and ask for the password only then.
  await client.ping()
  const info = parseInfo(await client.info())
  const { shown } = state.url
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown'
  const refusal = refuse(info, state)
  if (refusal !== undefined) return refusal
  const unwritten = judgeWrites(state, info, await whyNotWritten(client))
  if (unwritten !== undefined) return unwritten
  const medianMs = await measure(client, clock)
  const seen = `${shown}: version ${version}, ${medianMs.toFixed(1)} ms for a question`
  if (isBefore(parseVersion(version) ?? [], parseVersion(LEAST_VERSION) ?? [])) {
    return warn(seen, { means: `Older than ${LEAST_VERSION}, which nobody mends any more`, fix: 'update it' })
  }
  if (medianMs > state.timeout / 2) {
    return warn(seen, {
      means: `Limits wait at most ${printDuration(state.timeout)} for it, then each gateway counts alone`,
      fix: 'put it nearer, or state: { timeout: … }: it is added to every request while it fails',
    })
  }
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  if (info.get('maxmemory') !== '0' && policy.startsWith('allkeys')) {
    return warn(`${seen}; maxmemory-policy is ${policy}`, {
      means: 'When its memory is full it forgets counts, and limits begin anew',
      fix: 'CONFIG SET maxmemory-policy volatile-ttl, or a Redis of their own for limits',
    })
  }
  return ok(seen)
}

function refuse(info: ReadonlyMap<string, string>, { url: { shown }, cluster }: State): Finding | undefined {
  if (info.get('loading') === '1')
    return fail(`${shown} is still loading its data`, {
      means: 'Until then each gateway counts limits alone',
    })
  const isReplica = info.get('role') === 'slave'
  if (isReplica && info.get('slave_read_only') !== '0') {
    return fail(`${shown} is a read-only replica of ${info.get('master_host') ?? 'another'}`, {
      means: 'Nothing can be counted there: each gateway counts limits alone',
      fix: `state: redis://${info.get('master_host') ?? 'PRIMARY'}:${info.get('master_port') ?? REDIS_PORT}`,
    })
  }
  const isCluster = info.get('cluster_enabled') === '1'
  if (isCluster === cluster) return undefined
  return fail(`${shown} is ${isCluster ? '' : 'not '}a node of a Redis Cluster`, {
    means: 'Keys are looked for on the wrong server',
    fix: `state: { url: …, cluster: ${isCluster} }`,
  })
}

/** Takes away what is not there: refused where anything that writes is refused, and changes nothing. */
async function whyNotWritten(client: Redis): Promise<string | undefined> {
  try {
    await client.del(`weir:doctor:${NOTHING}`)
    return undefined
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : ''
    // Who may do no more than what the gateway does may not do this.
    if (message.startsWith('NOPERM')) return undefined
    if (!REFUSALS.test(message)) throw thrown
    return cut(message)
  }
}

const NOTHING = 'a-key-that-is-never-written'
/** Of min-replicas-to-write, and of a snapshot on disk that failed. */
const REFUSALS = /^(NOREPLICAS|MISCONF)/

function judgeWrites(
  { url: { shown } }: State,
  info: ReadonlyMap<string, string>,
  refusal: string | undefined,
): Finding | undefined {
  const means =
    'Nothing can be counted there: each gateway counts limits alone, or refuses where onStateFailure is closed'
  if (refusal !== undefined) {
    const fix = refusal.startsWith('NOREPLICAS')
      ? 'mend its replicas, or CONFIG SET min-replicas-to-write 0'
      : 'look into its log and at its disk; CONFIG SET stop-writes-on-bgsave-error no where nothing needs to be kept'
    return fail(`${shown} refuses to write: ${refusal}`, { means, fix })
  }
  const [limit, used] = ['maxmemory', 'used_memory'].map((name) => Number(info.get(name) ?? 0)) as [
    number,
    number,
  ]
  if (limit === 0 || used < limit || info.get('maxmemory_policy') !== 'noeviction') return undefined
  return fail(`${shown} is full: ${printSize(used)} of maxmemory ${printSize(limit)}, and noeviction`, {
    means,
    fix: 'CONFIG SET maxmemory to more, or maxmemory-policy volatile-ttl',
  })
}

async function measure(client: Redis, clock: Clock): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedMs = clock.now()
    await client.ping()
    times.push(clock.now() - startedMs)
  }
  return times.sort((left, right) => left - right)[Math.floor(ROUNDS / 2)] ?? 0
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':')
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()]]
    }),
  )
}

function toFinding({ url: { shown } }: State, thrown: unknown): Finding {
  const message = thrown instanceof Error ? thrown.message : ''
  const means = 'Limits are not shared: each gateway counts alone, or refuses where onStateFailure is closed'
  if (/NOAUTH|WRONGPASS|NOPERM|invalid password|invalid username/i.test(message)) {
    const what = message.startsWith('NOPERM')
      ? 'does not let this user do that'
      : 'refuses the user or the password'
    return fail(`${shown} ${/NOAUTH/.test(message) ? 'asks for a password' : what}`, {
      means,
      fix: 'state: "redis://:${env:REDIS_PASSWORD}@HOST:6379"; special characters percent-encoded',
    })
  }
  if (/timed out/i.test(message))
    return fail(`${shown} takes the connection and does not answer`, {
      means,
      fix: 'redis-cli --latency shows it',
    })
  return fail(`${shown}: ${toFailure(thrown).text}`, {
    means,
    fix: 'systemctl start redis-server; or correct state.url',
  })
}
