// One contract for limits, counted in memory and in a real Redis; and both held against each other on random schedules.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { createCalendar } from '../../src/core/calendar.ts'
import type { Decision } from '../../src/access/limits/ledger/ledger.ts'
import { MemoryLedger } from '../../src/access/limits/ledger/memory-ledger.ts'
import { createConnection, type Connection } from '../../src/access/limits/redis/connection.ts'
import { RedisLedger } from '../../src/access/limits/redis/redis-ledger.ts'
import type { Rule } from '../../src/access/limits/rule.ts'
import { Secret } from '../../src/core/secret.ts'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { until } from '../support/weir.ts'
import { describeLedger, rulesOf, START_MS, type LedgerStage } from './ledger-suite.ts'

/** Patience for a server on a busy machine: what is tested here is what it answers, not when. */
const PATIENT_MS = 5_000
const calendar = createCalendar('UTC')

interface TestTime {
  nowMs: number
}

/** One time for everything, which may also go back. */
function toClock(time: TestTime): Clock {
  const never = (): void => undefined
  return { now: () => time.nowMs, wall: () => time.nowMs, after: () => never, every: () => never }
}

function openMemory(time: TestTime = { nowMs: START_MS }): LedgerStage {
  const ledger = new MemoryLedger({ clock: toClock(time), calendar })
  return {
    ledger,
    nowMs: () => time.nowMs,
    advance: (ms) => void (time.nowMs += ms),
    close: () => Promise.resolve(ledger.close()),
  }
}

let shared: { server: RedisServer; connection: Connection } | undefined

/** One server for the whole file; its time is the test's. */
async function openRedis(
  context: TestContext,
  time: TestTime = { nowMs: START_MS },
): Promise<LedgerStage | undefined> {
  const server = await startRedis(context)
  if (server === undefined) return undefined
  const connection = createConnection(
    { url: { secret: new Secret(server.url), shown: server.url }, timeout: PATIENT_MS, cluster: false },
    { clock: systemClock, onError: () => undefined },
  )
  await connection.ready
  shared = { server, connection }
  context.after(() => connection.close())
  const ledger = new RedisLedger({
    runner: connection,
    clock: toClock(time),
    calendar,
    prefix: 'test',
    nowMs: () => time.nowMs,
  })
  return {
    ledger,
    nowMs: () => time.nowMs,
    advance: (ms) => void (time.nowMs += ms),
    close: () => Promise.resolve(ledger.close()),
  }
}

describeLedger('memory', () => Promise.resolve(openMemory()))
describeLedger('redis', openRedis)

type Step =
  | { readonly kind: 'ask'; readonly owner: number; readonly tokens: number; readonly micros: number }
  | { readonly kind: 'settle'; readonly which: number; readonly tokens: number; readonly micros: number }
  | { readonly kind: 'renew'; readonly which: number }
  | { readonly kind: 'time'; readonly ms: number }

const HOUR_MS = 3_600_000

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        kind: fc.constant('ask' as const),
        owner: fc.nat(2),
        tokens: fc.nat(400),
        micros: fc.nat(400_000),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('settle' as const),
        which: fc.nat(30),
        tokens: fc.nat(800),
        micros: fc.nat(800_000),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('renew' as const), which: fc.nat(30) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('time' as const),
        ms: fc.oneof(
          fc.integer({ min: 0, max: 2_000 }),
          fc.double({ min: 0, max: 100, noNaN: true }),
          fc.integer({ min: 20_000, max: 90_000 }),
          fc.integer({ min: -90_000, max: 0 }),
          fc.constantFrom(7 * HOUR_MS, 25 * HOUR_MS, -25 * HOUR_MS),
        ),
      }),
    },
  ),
  { minLength: 15, maxLength: 60, size: 'max' },
)

/** Owners that share a tenant's rules and have limits with awkward fractions. */
function toOwners(run: number): readonly (readonly Rule[])[] {
  const tenant = rulesOf(`tenant-${run}`, { tokens: '1000/min', concurrent: 4, budget: '2/month' })
  return [
    [
      ...rulesOf(`a-${run}`, { requests: '7/min', tokens: '700/h', concurrent: 2, budget: '1/day' }),
      ...tenant,
    ],
    [...rulesOf(`b-${run}`, { requests: '11/s', tokens: '333/s' }), ...tenant],
    rulesOf(`c-${run}`, { requests: '3/day' }),
  ]
}

/** Everything a step shows of a ledger. */
async function play(
  stage: LedgerStage,
  schedule: readonly Step[],
  owners: readonly (readonly Rule[])[],
  run: number,
): Promise<unknown[]> {
  const granted: Decision[] = []
  const seen: unknown[] = []
  for (const [index, step] of schedule.entries()) {
    if (step.kind === 'time') stage.advance(step.ms)
    else if (step.kind === 'ask') {
      const { tokens, micros } = step
      const decision = await stage.ledger.reserve({
        id: `${run}-${index}`,
        rules: owners[step.owner] ?? [],
        tokens,
        micros,
      })
      const { refused, retryAfterMs, remaining, resetMs } = decision
      seen.push({ refused, retryAfterMs, remaining: [...remaining], resetMs: [...resetMs] })
      granted.push(decision)
    } else {
      const decision = granted[step.which % Math.max(1, granted.length)]
      if (decision === undefined) continue
      if (step.kind === 'renew') await stage.ledger.renew(decision)
      else await stage.ledger.settle(decision, step)
    }
  }
  return seen
}

test('memory and Redis give the same answers to every schedule, to the last digit', async (context) => {
  const redisTime = { nowMs: START_MS }
  const redis = await openRedis(context, redisTime)
  if (redis === undefined) return
  let run = 0
  let refusals = 0
  await fc.assert(
    fc.asyncProperty(steps, async (schedule) => {
      run += 1
      redisTime.nowMs = START_MS
      const memory = openMemory()
      const inRedis = await play(redis, schedule, toOwners(run), run)
      const inMemory = await play(memory, schedule, toOwners(run), run)
      refusals += inMemory.filter((seen) => (seen as Decision).refused !== -1).length
      assert.deepEqual(inRedis, inMemory)
    }),
    { numRuns: 150 },
  )
  await redis.close()
  assert.ok(refusals > 1_000, 'schedules that refuse nothing prove nothing')
})

test('who only looks into Redis sees what the next request would be told, and changes nothing', async (context) => {
  const time = { nowMs: START_MS }
  const redis = await openRedis(context, time)
  if (redis === undefined || shared === undefined) return
  const { connection } = shared
  const reader = new RedisLedger({
    ...{ runner: connection, clock: toClock(time), calendar, prefix: 'test', nowMs: () => time.nowMs },
  })
  const owners = toOwners(0)
  const unknown = await reader.look(owners.flat())
  assert.ok(unknown.every(({ used }) => used === 0))
  let run = 0
  await fc.assert(
    fc.asyncProperty(steps, async (schedule) => {
      run += 1
      time.nowMs = START_MS
      const ruled = toOwners(1_000 + run)
      await play(redis, schedule, ruled, 1_000 + run)
      for (const rules of ruled) {
        const { remaining, resetMs } = await redis.ledger.reserve({
          ...{ id: `look-${run}-${String(rules.length)}`, rules, tokens: 0, micros: 0 },
        })
        const looked = await reader.look(rules)
        assert.deepEqual(await reader.look(rules), looked)
        assert.deepEqual(
          looked.map((use) => [use.left, use.resetMs]),
          rules.map((_, index) => [remaining[index], resetMs[index]]),
        )
        for (const [index, { used, left }] of looked.entries()) {
          const capacity = rules[index]?.capacity ?? 0
          assert.ok(
            used >= capacity || Math.abs(capacity - used - left) < 1,
            `${used} and ${left} of ${capacity}`,
          )
        }
      }
    }),
    { numRuns: 40 },
  )
  await redis.close()
})

test('every key in Redis lies under one hash tag and runs out by itself', async (context) => {
  const redis = await openRedis(context)
  if (redis === undefined || shared === undefined) return
  const { server } = shared
  await play(redis, [{ kind: 'ask', owner: 0, tokens: 5, micros: 5 }], toOwners(0), 0)
  await server.command('SET', 'probe', 'x')
  const listed = await server.command('KEYS', '*')
  const keys = listed.split('\r\n').filter((line) => line.startsWith('{'))
  assert.equal(keys.length, 8)
  for (const key of keys) {
    assert.match(key, /^\{test\}:v1:/)
    assert.ok(Number((await server.command('PTTL', key)).slice(1)) > 0, key)
  }
  await redis.close()
})

test('limits are counted in a Redis Cluster, whose nodes refuse scripts over keys of several slots', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-cluster-'))
  context.after(() => rmSync(folder, { recursive: true }))
  // Alone, a node does not know its own address.
  const flags = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--dir', folder]
  const server = await startRedis(context, ...flags)
  if (server === undefined) return
  await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await until(
    async () => (await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    'the cluster',
  )
  assert.match(await server.command('MGET', 'a', 'b'), /CROSSSLOT/)
  const connection = createConnection(
    { url: { secret: new Secret(server.url), shown: server.url }, timeout: PATIENT_MS, cluster: true },
    { clock: systemClock, onError: () => undefined },
  )
  context.after(() => connection.close())
  await connection.ready
  const ledger = new RedisLedger({ runner: connection, clock: systemClock, calendar, prefix: 'test' })
  const rules = [
    ...rulesOf('a', { requests: '2/day', tokens: '100/day', concurrent: 1 }),
    ...rulesOf('b', { budget: '1/day' }),
  ]
  const decision = await ledger.reserve({ id: 'one', rules, tokens: 10, micros: 5 })
  assert.deepEqual([decision.refused, decision.remaining], [-1, [1, 90, 0, 999_995]])
  assert.equal((await ledger.reserve({ id: 'two', rules, tokens: 10, micros: 5 })).refused, 2)
  await ledger.renew(decision)
  await ledger.settle(decision, { tokens: 4, micros: 1 })
  const next = await ledger.reserve({ id: 'three', rules, tokens: 6, micros: 9 })
  assert.deepEqual([next.refused, next.remaining], [-1, [0, 90, 0, 999_990]])
})
