import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackendLive } from '../../src/core/live.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { startGateway, toConfig, until, type TestGateway, type Written } from '../support/weir.ts'
import { RawClient, toRequestBytes } from './support/wire.ts'

const REQUESTS = 400
const SEED = 7
const MODELS = [{ name: 'sim-chat', backends: ['b0', 'b1'] }]
const FAULTS = ['', '', '', '500', 'reset', 'hang', '503-busy', 'cut-after=1', 'slow-ttft=60'] as const
const PATHS = ['/v1/chat/completions', '/v1/messages', '/api/chat'] as const

/** Small, seeded and good enough for a schedule (mulberry32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const random = createRandom(SEED)
const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T

function toWritten(simulators: readonly Simulator[], slots: readonly number[]): Written {
  const backends = simulators.map(({ address }, index) => ({
    ...{ name: `b${index}`, url: address?.url, kind: 'simulator', concurrency: slots[index] },
    queue: { size: QUEUE_SIZE, timeout: '400ms' },
    timeouts: { firstToken: '150ms', idle: '150ms', total: '2s' },
  }))
  return { backends, models: MODELS }
}

function send(gateway: TestGateway, id: string): RawClient {
  const client = new RawClient(gateway.port)
  const body = `{"model":"sim-chat","stream":${random(2) === 0},"max_tokens":5,"messages":[{"role":"user","content":"x"}]}`
  const headers: [string, string][] = [
    ['x-request-id', id],
    ['x-sim-fault', pick(FAULTS)],
  ]
  client.write(toRequestBytes({ path: pick(PATHS), headers, body }))
  return client
}

const QUEUE_SIZE = 12

const liveOf = ({ weir }: TestGateway): readonly BackendLive[] => [...weir.gateway.backends()]

test('whatever callers, backends and reloads do, slots in use are the attempts under way, and in the end there are none', async () => {
  const simulators = [0, 1].map(() => createSimulator({ firstTokenMs: 8, outputTokens: 4 }))
  for (const simulator of simulators) await simulator.listen({ host: '127.0.0.1', port: 0 })
  const gateway = await startGateway(toWritten(simulators, [2, 3]))
  const clients: RawClient[] = []
  let most = 3
  try {
    for (let index = 0; index < REQUESTS; index += 1) {
      const client = send(gateway, `r${index}`)
      clients.push(client)
      if (random(5) === 0) setTimeout(() => client.socket.destroy(), random(120))
      if (random(60) === 0) {
        const slots = [1 + random(4), 1 + random(4)]
        most = Math.max(most, ...slots)
        await gateway.weir.apply(toConfig(toWritten(simulators, slots)))
      }
      if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, random(15)))
      for (const { slotsInUse, queueDepth, pool } of liveOf(gateway)) {
        assert.ok(slotsInUse >= 0 && slotsInUse <= most, `${slotsInUse} slots in use`)
        assert.ok(pool.running + pool.pending <= slotsInUse, 'no attempt without a slot')
        // Who waits at a backend that goes away moves to the other one, which may then hold more than its own size.
        assert.ok(queueDepth >= 0 && queueDepth <= 4 * QUEUE_SIZE, `${queueDepth} wait`)
      }
    }
    const { weir } = gateway
    await until(
      () => weir.gateway.opened === REQUESTS && weir.gateway.sealed === REQUESTS,
      'every record',
      20_000,
    )
    for (const { slotsInUse, queueDepth } of liveOf(gateway))
      assert.deepEqual([slotsInUse, queueDepth], [0, 0])

    const started = simulators.reduce((sum, { ledger }) => sum + ledger.totals.started, 0)
    const sent = gateway.records.flatMap(({ attempts }) =>
      attempts.filter(({ connectedMs }) => connectedMs !== undefined),
    )
    assert.ok(started <= sent.length, 'the backends saw no request that is in no record')
    for (const record of gateway.records) {
      const { queued, phases, attempts } = record
      assert.ok(attempts.length <= 3)
      if (queued === undefined) continue
      assert.ok(queued.waitMs <= 400 + 150, `${record.id} waited ${queued.waitMs} ms`)
      const sum = Object.values(phases).reduce((total, ms) => total + ms, 0)
      assert.ok(Math.abs(sum - record.durationMs) < 1, `${record.id}: phases add up`)
    }
    const page = await gateway.scrape()
    const waited = gateway.records.filter(({ queued }) => queued !== undefined).length
    assert.ok(waited > 20, `${waited} waited`)
    assert.equal(sumOf(page, 'weir_queue_wait_seconds_count'), waited)
    for (const code of ['queue_full', 'queue_timeout'] as const) {
      const refused = gateway.records.filter((record) => record.code === code).length
      assert.equal(sumOf(page, 'weir_rejected_total', { reason: code }), refused)
    }
  } finally {
    for (const client of clients) client.socket.destroy()
    await gateway.stop()
    for (const simulator of simulators) await simulator.close()
  }
})
