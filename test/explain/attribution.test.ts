// One cause put into mixed traffic through the real gateway: whatever it is, the attribution of the breached objective names it first.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { attribute, type Attribution } from '../../src/slo/attribution.ts'
import { toAttributionText } from '../../src/slo/attribution-text.ts'
import type { Counted } from '../../src/slo/objective.ts'
import type { Simulator } from '../../src/simulator/index.ts'
import { startHouse, startSimulator, type Explained, type House } from './house.ts'

/** A healthy answer: 10 tokens at 100 tok/s after 40 ms. */
const PACE = { firstTokenMs: 40, tokensPerSecond: 100, outputTokens: 10, prefillMsPer1kTokens: 20 } as const
const MODELS = ['small', 'large'] as const
const PROMPTS = [20, 400, 1_500] as const

let closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

interface Pair {
  readonly house: House
  readonly first: Simulator
}

async function startPair(): Promise<Pair> {
  const [first, second] = [
    await startSimulator({ kind: 'vllm', ...PACE }),
    await startSimulator({ kind: 'vllm', ...PACE }),
  ]
  const models = MODELS.map((name) => ({ name, backends: ['gpu-1', 'gpu-2'], strategy: 'round-robin' }))
  const backends = [
    { name: 'gpu-1', url: first.url, kind: 'simulator', models: [...MODELS], concurrency: 6 },
    { name: 'gpu-2', url: second.url, kind: 'simulator', models: [...MODELS, 'only-2'], concurrency: 6 },
  ]
  const house = await startHouse({ backends, models })
  closers.push(
    () => first.close(),
    () => second.close(),
    () => house.stop(),
  )
  return { house, first }
}

let asked = 0

/** Of both models and all sizes of prompts, four at a time. */
async function send({ house }: Pair, count: number, told: { faults?: string } = {}): Promise<Explained[]> {
  const explained: Explained[] = []
  for (let sent = 0; sent < count; sent += 4) {
    const four = [0, 1, 2, 3].map((index) => {
      asked += 1
      const model = MODELS[(sent + index) % MODELS.length] ?? 'small'
      const promptTokens = PROMPTS[asked % PROMPTS.length] ?? 20
      return house.ask({ id: `request-${asked}`, model, promptTokens, stream: asked % 4 !== 0, ...told })
    })
    explained.push(...(await Promise.all(four)))
  }
  return explained
}

async function attributionOf(
  kind: 'duration' | 'availability',
  explained: readonly Explained[],
): Promise<Attribution> {
  const objective: Counted = {
    name: 'o',
    scope: { model: undefined, route: undefined, tenant: undefined, backend: undefined },
    indicator: kind === 'duration' ? { kind, thresholdMs: 450 } : { kind },
    excludeCold: false,
  }
  async function* scan() {
    for (const each of explained) yield await Promise.resolve([each])
  }
  return attribute(objective, scan())
}

function assertFirst(attribution: Attribution, phase: string, backend: string | undefined): void {
  const [first] = attribution.slices
  const said = `${toAttributionText(attribution)}; ${attribution.badEvents} of ${attribution.events}`
  assert.ok(attribution.badEvents > 0, said)
  assert.deepEqual([first?.phase, first?.backend], [phase, backend], said)
  const sum = attribution.slices.reduce((all, { shareRatio }) => all + shareRatio, 0)
  assert.ok(Math.abs(sum - 1) < 1e-6)
}

test('slow tokens of one backend are blamed on it', async () => {
  const pair = await startPair()
  const healthy = await send(pair, 40)
  pair.first.configure({ tokensPerSecond: 12 })
  const sick = await send(pair, 16)
  assertFirst(await attributionOf('duration', [...healthy, ...sick]), 'decode', 'gpu-1')
})

test('a queue before one backend is blamed on it', async () => {
  const pair = await startPair()
  const healthy = await send(pair, 40)
  const crowd = Array.from({ length: 36 }, (_, index) =>
    pair.house.ask({ id: `crowd-${index}`, model: 'only-2', faults: 'tokens=20' }),
  )
  const sick = await Promise.all(crowd)
  assertFirst(await attributionOf('duration', [...healthy, ...sick]), 'queue', 'gpu-2')
})

test('long prompts are blamed wherever they went', async () => {
  const pair = await startPair()
  const healthy = await send(pair, 40)
  const sick: Explained[] = []
  for (let count = 0; count < 12; count += 1)
    sick.push(await pair.house.ask({ id: `long-${count}`, model: 'small', promptTokens: 30_000 }))
  const attribution = await attributionOf('duration', [...healthy, ...sick])
  assertFirst(attribution, 'prefill', undefined)
  assert.equal(attribution.slices[0]?.band, '16k-64k tokens')
})

test('failures of one backend are blamed on it, by their code', async () => {
  const pair = await startPair()
  const healthy = await send(pair, 24)
  const sick: Explained[] = []
  for (let count = 0; count < 6; count += 1)
    sick.push(await pair.house.ask({ id: `broken-${count}`, model: 'only-2', faults: 'reset-after=3' }))
  assertFirst(await attributionOf('availability', [...healthy, ...sick]), 'stream_interrupted', 'gpu-2')
})
