// Two gateways share a Redis, and one of them is killed in the middle of its work. The other serves on; what the killed one held
// is held no longer than its leases; what it had counted is right within the requests it had in flight.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { hashKey } from '../../src/access/create-key.ts'
import { estimateInput } from '../../src/access/limits/estimate.ts'
import { LEASE_MS } from '../../src/access/limits/ledger/ledger.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startProcess, type WeirProcess } from '../acceptance/support/process.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { until } from '../support/weir.ts'

const KEY = 'wk_shared00_0123456789012345678901234567'
const SLOTS = 4
/** Of the killed one, when it dies. */
const HELD = 3
const SERVED_EACH = 5
const OUTPUT_TOKENS = 5
const MOST_TOKENS = 40
const BODY = JSON.stringify({
  model: 'sim-chat',
  max_tokens: MOST_TOKENS,
  stream: true,
  messages: [{ role: 'user', content: 'hello there' }],
})
const RULES = '{weir}:v1:key:shared:'

interface Scene {
  readonly redis: RedisServer
  readonly simulator: Simulator
  readonly killed: WeirProcess
  readonly other: WeirProcess
}

async function startScene(context: TestContext): Promise<Scene | undefined> {
  const redis = await startRedis(context)
  if (redis === undefined) return undefined
  const simulator = createSimulator({ outputTokens: OUTPUT_TOKENS })
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  context.after(() => simulator.close())
  // Tokens hardly trickle back: what is counted in the end is what was used.
  const tokens = { rate: '1000/month', burst: '1M' }
  const config = {
    backends: [{ name: 'sim', url, kind: 'simulator' }],
    keys: [
      {
        name: 'shared',
        hash: hashKey(KEY),
        limits: { tokens, requests: { rate: '1000/month', burst: 1_000 }, concurrent: SLOTS },
      },
    ],
    state: { url: redis.url, replicas: 2, timeout: '1s' },
  }
  const [killed, other] = await Promise.all([startProcess({ config }), startProcess({ config })])
  for (const weir of [killed, other]) context.after(() => weir.destroy())
  return { redis, simulator, killed, other }
}

function send({ url }: WeirProcess, fault = ''): Promise<Response> {
  const faults = fault === '' ? {} : { 'x-sim-fault': fault }
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...faults },
    body: BODY,
  })
}

/** Asks and reads to the end; the status, and what came. */
async function ask(weir: WeirProcess, fault?: string): Promise<{ status: number; text: string }> {
  const response = await send(weir, fault)
  return { status: response.status, text: await response.text() }
}

async function heldSlots({ redis }: Scene): Promise<Map<string, number>> {
  const answer = await redis.command('ZRANGE', `${RULES}concurrent:now`, '0', '-1', 'WITHSCORES')
  const values = answer.split('\r\n').filter((line) => line !== '' && !/^[*$]/.test(line))
  return new Map(values.flatMap((id, at) => (at % 2 === 0 ? [[id, Number(values[at + 1])] as const] : [])))
}

async function used({ redis }: Scene, rule: string): Promise<number> {
  const answer = await redis.command('GET', `${RULES}${rule}`)
  return Math.round(Number(answer.split('\r\n')[1]?.split(' ')[0] ?? Number.NaN))
}

async function redisNow({ redis }: Scene): Promise<number> {
  const [, , seconds] = (await redis.command('TIME')).split('\r\n')
  return Number(seconds) * 1_000
}

/** Waiting for it would take a minute: the leases are made as old as they would be then. */
async function letLeasesAge(scene: Scene): Promise<void> {
  for (const [id, expiresMs] of await heldSlots(scene)) {
    await scene.redis.command(
      'ZADD',
      `${RULES}concurrent:now`,
      'XX',
      String(expiresMs - LEASE_MS - 1_000),
      id,
    )
  }
}

test('a gateway that is killed takes nothing with it that others share: they serve on, and its leases run out', async (context) => {
  const scene = await startScene(context)
  if (scene === undefined) return
  const { simulator, killed, other } = scene
  for (let round = 0; round < SERVED_EACH; round += 1) {
    for (const weir of [killed, other]) assert.equal((await ask(weir)).status, 200)
  }
  await until(async () => (await heldSlots(scene)).size === 0, 'free slots')
  const settled = await used(scene, 'tokens:month')

  const dying = Array.from({ length: HELD }, () => ask(killed, 'stall-after=2').catch(() => 'reset'))
  await until(() => simulator.ledger.totals.inFlight === HELD, 'requests are at their backend')
  const living = await send(other, 'slow-tokens=100')
  killed.kill('SIGKILL')
  assert.deepEqual(
    await Promise.all(dying),
    dying.map(() => 'reset'),
  )
  assert.match(await living.text(), /data: \[DONE\]\n\n$/, 'whom the other one serves notices nothing')
  await until(() => simulator.ledger.totals.inFlight === 0, 'the backends are let go')

  await until(async () => (await heldSlots(scene)).size === HELD, 'only the slots of the dead are held')
  assert.equal((await ask(other)).status, 200)
  const slow = await send(other, 'slow-tokens=100')
  assert.equal((await ask(other)).status, 429, 'the slots of the dead are still theirs')
  await slow.text()
  await until(async () => (await heldSlots(scene)).size === HELD, 'the own slots are free again')
  const nowMs = await redisNow(scene)
  for (const expiresMs of (await heldSlots(scene)).values()) {
    assert.ok(expiresMs - nowMs <= LEASE_MS + 1_000, 'for no longer than their lease')
  }

  await letLeasesAge(scene)
  const all = await Promise.all(Array.from({ length: SLOTS }, () => ask(other, 'slow-tokens=50')))
  assert.deepEqual(
    all.map(({ status }) => status),
    all.map(() => 200),
  )
  await until(async () => (await heldSlots(scene)).size === 0, 'nothing is held in the end')

  const each = settled / (2 * SERVED_EACH)
  const served = 2 * SERVED_EACH + 3 + SLOTS
  const reserved = estimateInput(Buffer.from(BODY)) + MOST_TOKENS
  assert.equal(await used(scene, 'tokens:month'), served * each + HELD * reserved)
  assert.equal(await used(scene, 'requests:month'), served + HELD)
})
