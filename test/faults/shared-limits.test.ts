// Two real gateways that share a real Redis: a limit of N is N over both. And what becomes of it when Redis is killed, frozen,
// slow, restarted or read-only: the documented modes, at most one timeout of added latency, and books that are right again.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { hashKey } from '../../src/access/create-key.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { startSlowProxy, type SlowProxy } from '../support/slow-proxy.ts'
import { startGateway, until, type TestGateway, type Written } from '../support/weir.ts'

const KEY = 'wk_shared00_0123456789012345678901234567'
const MONEY = 'wk_shared11_0123456789012345678901234567'
const MODEL = { name: 'sim-chat', price: { input: 1000, output: 1000, currency: 'EUR' } }
const PROBE_MS = 250
/** The deadline of a question, and what a busy machine may add to it. */
const TIMEOUT_MS = 50
const SLACK_MS = 100
/** Where the sums are looked at and not the time: a busy machine must not look like a failing server. */
const EXACT = { timeoutMs: 5_000 }

interface Scene {
  readonly redis: RedisServer
  readonly proxy: SlowProxy
  readonly simulator: Simulator
  readonly gateways: readonly TestGateway[]
}

async function startScene(
  context: TestContext,
  limits: Written,
  { count = 2, timeoutMs = TIMEOUT_MS }: { count?: number; timeoutMs?: number } = {},
): Promise<Scene | undefined> {
  const redis = await startRedis(context)
  if (redis === undefined) return undefined
  const proxy = await startSlowProxy(redis.port)
  const simulator = createSimulator({ outputTokens: 5 })
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  const gateways: TestGateway[] = []
  context.after(async () => {
    redis.thaw()
    for (const gateway of gateways) await gateway.stop()
    await simulator.close()
    await proxy.close()
  })
  for (let index = 0; index < count; index += 1) {
    gateways.push(
      await startGateway({
        backends: [{ name: 'sim', url, kind: 'simulator' }],
        models: [MODEL],
        keys: [
          { name: 'team-a', hash: hashKey(KEY), limits },
          { name: 'money', hash: hashKey(MONEY), limits: { budget: '5/day' } },
        ],
        state: {
          url: `redis://127.0.0.1:${proxy.port}`,
          timeout: `${timeoutMs}ms`,
          replicas: count,
          probe: `${PROBE_MS}ms`,
        },
      }),
    )
  }
  return { redis, proxy, simulator, gateways }
}

interface Seen {
  readonly status: number
  readonly ms: number
  readonly headers: Headers
  readonly text: string
}

async function ask(
  gateway: TestGateway | undefined,
  key = KEY,
  path = '/v1/chat/completions',
): Promise<Seen> {
  const startedMs = performance.now()
  const response = await fetch(`${gateway?.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{"model":"sim-chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}',
  })
  const text = await response.text()
  return { status: response.status, ms: performance.now() - startedMs, headers: response.headers, text }
}

const isAlone = async (gateway: TestGateway | undefined): Promise<boolean> =>
  sumOf((await gateway?.scrape()) ?? '', 'weir_ledger_state', { state: 'alone' }) === 1

const countOk = (seen: readonly Seen[]): number => seen.filter(({ status }) => status === 200).length

/** What one rule holds in Redis: requests, tokens or micro-units. */
async function heldOf({ redis }: Scene, rule: string): Promise<number> {
  const answer = await redis.command('GET', `{weir}:v1:${rule}`)
  return Number(answer.split('\r\n')[1]?.split(' ')[0] ?? 0)
}

test('a limit of N is N over two gateways', async (context) => {
  const scene = await startScene(context, { requests: '20/day', concurrent: 50 }, EXACT)
  if (scene === undefined) return
  const { gateways } = scene
  const seen = await Promise.all(Array.from({ length: 40 }, (_, index) => ask(gateways[index % 2])))
  assert.equal(countOk(seen), 20)
  for (const { status } of seen.filter((each) => each.status !== 200)) assert.equal(status, 429)
  assert.equal(seen.filter(({ headers }) => headers.get('x-ratelimit-limit-requests') === '20').length, 40)
  assert.match((await gateways[0]?.scrape()) ?? '', /weir_ledger_state\{state="shared"\} 1/)
})

test('money and tokens are exact over two gateways, and slots are freed', async (context) => {
  const scene = await startScene(context, { tokens: '1000000/month', concurrent: 3 }, EXACT)
  if (scene === undefined) return
  const { gateways, redis } = scene
  for (let round = 0; round < 5; round += 1) {
    for (const gateway of gateways) assert.equal((await ask(gateway, MONEY)).status, 200)
    for (const gateway of gateways) assert.equal((await ask(gateway)).status, 200)
  }
  const records = gateways.flatMap((gateway) => gateway.records)
  const spent = records
    .filter(({ key }) => key === 'money')
    .reduce((sum, { cost }) => sum + (cost?.micros ?? 0), 0)
  await until(async () => (await heldOf(scene, 'key:money:budget:day')) === spent, 'the books')
  assert.ok(spent > 0)
  await until(
    async () => (await redis.command('ZCARD', '{weir}:v1:key:team-a:concurrent:now')).startsWith(':0'),
    'free slots',
  )
})

test('Redis killed: open limits go on with a share, closed ones say 503, and nobody waits', async (context) => {
  const scene = await startScene(context, { requests: '20/day' })
  if (scene === undefined) return
  const { gateways, redis } = scene
  const [first] = gateways
  assert.equal((await ask(first)).status, 200)
  await redis.kill()
  const seen: Seen[] = []
  for (let count = 0; count < 14; count += 1) seen.push(await ask(first))
  // Half of 20 for each of two gateways.
  assert.equal(countOk(seen), 10)
  for (const { ms } of seen) assert.ok(ms < TIMEOUT_MS + SLACK_MS, `${ms} ms`)
  const refused = await ask(first, MONEY)
  assert.equal(refused.status, 503)
  assert.match(refused.text, /The budget of the key money cannot be checked right now/)
  assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  assert.ok(await isAlone(first))
  assert.equal(
    sumOf((await first?.scrape()) ?? '', 'weir_rejected_total', { reason: 'guard_unavailable' }),
    1,
  )
  const lines = (text: string): number | undefined =>
    first?.logLines.filter((line) => line.includes(text)).length
  assert.equal(lines('the shared state of limits does not answer'), 1)
  await redis.restart()
  await until(async () => !(await isAlone(first)), 'the breaker to close')
  assert.equal(lines('limits are counted together again'), 1)
  // A budget is never guessed: on a busy machine one question or another may still take too long.
  await until(async () => (await ask(first, MONEY)).status === 200, 'the budget to be counted again')
  assert.equal((await ask(first)).headers.get('x-ratelimit-limit-requests'), '20')
})

test('Redis frozen: the first requests wait one timeout, the others nothing, and what it read late is taken back', async (context) => {
  const scene = await startScene(context, { tokens: '1000000/month', concurrent: 40 })
  if (scene === undefined) return
  const { gateways, redis } = scene
  const [first, second] = gateways
  assert.equal((await ask(first)).status, 200)
  const [record] = (await first?.untilSealed(1)) ?? []
  const used = (record?.usage.promptTokens ?? 0) + (record?.usage.outputTokens ?? 0)
  const rule = 'key:team-a:tokens:month'
  await until(async () => Math.round(await heldOf(scene, rule)) === used, 'the first to be settled')
  redis.freeze()
  const slow: Seen[] = []
  // One fewer than failures open the breaker: the last settlement may be one of them.
  for (let count = 0; count < 4; count += 1) slow.push(await ask(first))
  assert.equal(countOk(slow), 4)
  for (const { ms } of slow) assert.ok(ms >= TIMEOUT_MS - 5 && ms < TIMEOUT_MS + SLACK_MS, `${ms} ms`)
  await ask(first)
  assert.ok(await isAlone(first))
  const fast: Seen[] = []
  for (let count = 0; count < 20; count += 1) fast.push(await ask(first))
  assert.equal(countOk(fast), 20)
  const sorted = fast.map(({ ms }) => ms).sort((left, right) => left - right)
  assert.ok((sorted[10] ?? 0) < TIMEOUT_MS / 2, `median ${sorted[10]} ms`)
  redis.thaw()
  await until(async () => !(await isAlone(first)), 'the breaker to close')
  await until(
    async () => sumOf((await first?.scrape()) ?? '', 'weir_ledger_unsettled') === 0,
    'nothing left to tell',
  )
  // Served alone, so not counted there; what was asked for while it was frozen is not held either.
  assert.equal(Math.round(await heldOf(scene, rule)), used)
  assert.match(await redis.command('ZCARD', '{weir}:v1:key:team-a:concurrent:now'), /^:0/)
  assert.equal((await ask(second)).status, 200)
})

test('Redis slow: every answer later than the deadline counts as none', async (context) => {
  const scene = await startScene(context, { requests: '100/day' }, { count: 1 })
  if (scene === undefined) return
  const { gateways, proxy } = scene
  const [gateway] = gateways
  proxy.delayMs = 20
  const inTime = await ask(gateway)
  assert.equal(inTime.status, 200)
  assert.equal(await isAlone(gateway), false)
  proxy.delayMs = 200
  for (let count = 0; count < 6; count += 1) {
    const { status, ms } = await ask(gateway)
    assert.equal(status, 200)
    assert.ok(ms < TIMEOUT_MS + SLACK_MS, `${ms} ms`)
  }
  assert.ok(await isAlone(gateway))
  proxy.delayMs = 0
  await until(async () => !(await isAlone(gateway)), 'the breaker to close')
})

test('connections reset in the middle, and a server that can only be read', async (context) => {
  const scene = await startScene(context, { requests: '100/day' }, { count: 1 })
  if (scene === undefined) return
  const { gateways, proxy, redis } = scene
  const [gateway] = gateways
  await ask(gateway)
  for (let round = 0; round < 3; round += 1) {
    proxy.reset()
    const { status, ms } = await ask(gateway)
    assert.equal(status, 200)
    assert.ok(ms < TIMEOUT_MS + SLACK_MS, `${ms} ms`)
    await until(
      async () => (await ask(gateway)).headers.get('x-ratelimit-limit-requests') === '100',
      'the connection',
    )
  }
  await redis.command('REPLICAOF', '127.0.0.1', '1')
  for (let count = 0; count < 6; count += 1) assert.equal((await ask(gateway)).status, 200)
  assert.ok(await isAlone(gateway))
  assert.equal((await ask(gateway, MONEY)).status, 503)
  await redis.command('REPLICAOF', 'NO', 'ONE')
  await until(async () => !(await isAlone(gateway)), 'the breaker to close')
  assert.equal((await ask(gateway, MONEY)).status, 200)
})

test('a gateway that is started while Redis is away starts, and finds it later', async (context) => {
  const scene = await startScene(context, { requests: '100/day' }, { count: 0 })
  if (scene === undefined) return
  const { redis, simulator } = scene
  await redis.kill()
  const gateway = await startGateway({
    backends: [{ name: 'sim', url: simulator.address?.url, kind: 'simulator' }],
    keys: [{ name: 'team-a', hash: hashKey(KEY), limits: { requests: '100/day' } }],
    state: { url: `redis://127.0.0.1:${redis.port}`, probe: `${PROBE_MS}ms` },
  })
  context.after(() => gateway.stop())
  assert.ok(await isAlone(gateway))
  assert.equal((await ask(gateway)).status, 200)
  await redis.restart()
  await until(async () => !(await isAlone(gateway)), 'the breaker to close')
  assert.equal((await ask(gateway)).headers.get('x-ratelimit-remaining-requests'), '99')
})
