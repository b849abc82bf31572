import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sumOf } from '../support/metrics.ts'
import { startStage, type Stage } from '../support/weir.ts'
import { sendRaw } from './support/wire.ts'

/** What the server really works on at once, like Ollama with OLLAMA_NUM_PARALLEL=2, and then queues out of sight. */
const TRUE_SLOTS = 2
const CALLERS = 10
const RUN_MS = 9_000

const ask = (stage: Stage) =>
  sendRaw(stage.port, {
    path: '/v1/chat/completions',
    body: '{"model":"sim-chat","stream":true,"messages":[{"role":"user","content":"x"}]}',
  })

test('with concurrency: auto a server is given what it works on, and the rest waits where it is seen', async () => {
  const stage = await startStage({
    profile: { slots: TRUE_SLOTS, firstTokenMs: 200, tokensPerSecond: 40, outputTokens: 6, jitterRatio: 0.1 },
    backend: { concurrency: 'auto' },
  })
  try {
    // What is usual is learnt first: on a busy machine the first request of a process is slower than a queue.
    for (let warmUp = 0; warmUp < 4; warmUp += 1) await ask(stage)
    const endMs = performance.now() + RUN_MS
    const statuses = new Set<number>()
    const call = async (): Promise<void> => {
      while (performance.now() < endMs) statuses.add((await ask(stage)).status)
    }
    const limits: number[] = []
    const watch = async (): Promise<void> => {
      while (performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        limits.push(sumOf(await stage.scrape(), 'weir_slots_limit', { backend: 'sim' }))
      }
    }
    await Promise.all([watch(), ...Array.from({ length: CALLERS }, call)])
    assert.deepEqual([...statuses], [200])
    const settled = limits.slice(limits.length / 2)
    const mean = settled.reduce((sum, limit) => sum + limit, 0) / settled.length
    assert.ok(mean > TRUE_SLOTS / 2 && mean <= 2 * TRUE_SLOTS, `mean ${mean} of ${limits.join(' ')}`)
    const records = stage.records.slice(stage.records.length / 2)
    const visibleMs = records.reduce((sum, { queued }) => sum + (queued?.waitMs ?? 0), 0)
    const hiddenMs = stage
      .ledger()
      .entries.slice(stage.ledger().entries.length / 2)
      .reduce((sum, { queueMs }) => sum + queueMs, 0)
    assert.ok(hiddenMs < visibleMs / 3, `${hiddenMs} ms out of sight, ${visibleMs} ms seen`)
  } finally {
    await stage.stop()
  }
})
