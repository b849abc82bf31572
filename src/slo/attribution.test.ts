import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { BlamedSlice } from '../core/alert.ts'
import type { RequestRecord } from '../core/record.ts'
import { attribute, createAttributor, type Attribution } from './attribution.ts'
import { toPercents, toSliceText } from './attribution-text.ts'
import { toAttempt, toFailed, toStream, toWhole, type Told } from './fixtures/slow-record.ts'
import type { Counted, Indicator } from './objective.ts'
import { Usual } from './usual.ts'

const SCOPE = { model: undefined, route: undefined, tenant: undefined, backend: undefined }

function toObjective(indicator: Indicator, scope: Partial<Counted['scope']> = {}): Counted {
  return { name: 'o', scope: { ...SCOPE, ...scope }, indicator, excludeCold: false }
}

const DURATION: Indicator = { kind: 'duration', thresholdMs: 2_000 }
const FIRST_TOKEN: Indicator = { kind: 'firstToken', thresholdMs: 1_000 }

/** Numbers that look like chance and are the same each time. */
function createChance(): () => number {
  let state = 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** Healthy traffic of three backends, two models and prompts of all sizes below the threshold; about 1.2 s each. */
function toTraffic(count: number, chance = createChance()): RequestRecord[] {
  return Array.from({ length: count }, () => toHealthy(chance))
}

function toHealthy(chance: () => number, told: Told = {}): RequestRecord {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)] as T
  const promptTokens = pick([50, 500, 2_000, 6_000])
  const prefill = (100 + promptTokens / 20) * (0.8 + 0.4 * chance())
  return toStream({
    backend: pick(['gpu-1', 'gpu-2', 'gpu-3']),
    modelRouted: pick(['qwen3:32b', 'qwen3:4b']),
    promptTokens,
    ...told,
    phases: { prefill, decode: 1_000 * (0.8 + 0.4 * chance()), queue: 40 * chance(), ...told.phases },
  })
}

function attributeAll(objective: Counted, records: readonly RequestRecord[], usual?: Usual): Attribution {
  const attributor = createAttributor(objective, usual)
  for (const record of records) attributor.add({ record, verdict: undefined })
  return attributor.result()
}

interface Injected {
  readonly name: string
  readonly indicator: Indicator
  readonly told: (chance: () => number) => Told
  readonly blamed: Partial<BlamedSlice>
}

const at = (chance: () => number): number => 1_500 + 1_500 * chance()

const INJECTED: readonly Injected[] = [
  {
    name: 'a queue at one backend',
    indicator: DURATION,
    told: (chance) => ({ backend: 'gpu-1', phases: { queue: at(chance) } }),
    blamed: { phase: 'queue', backend: 'gpu-1', model: undefined, band: undefined },
  },
  {
    name: 'a queue at one backend for one model',
    indicator: FIRST_TOKEN,
    told: (chance) => ({ backend: 'gpu-1', modelRouted: 'qwen3:32b', phases: { queue: at(chance) } }),
    blamed: { phase: 'queue', backend: 'gpu-1', model: 'qwen3:32b', band: undefined },
  },
  {
    name: 'a queue at a backend that was left for another one',
    indicator: DURATION,
    told: (chance) => ({
      ...{ backend: 'gpu-2', phases: { queue: at(chance) } },
      queued: { backend: 'gpu-1', position: 3, waitMs: 2_000 },
    }),
    blamed: { phase: 'queue', backend: 'gpu-1' },
  },
  {
    name: 'loads of one model',
    indicator: DURATION,
    told: (chance) => ({ modelRouted: 'qwen3:32b', cold: true, phases: { load: at(chance) } }),
    blamed: { phase: 'load', backend: undefined, model: 'qwen3:32b' },
  },
  {
    name: 'long prompts',
    indicator: DURATION,
    told: (chance) => ({ promptTokens: 31_000, phases: { prefill: 2 * at(chance) } }),
    blamed: { phase: 'prefill', backend: undefined, model: undefined, band: '16k-64k tokens' },
  },
  {
    name: 'a slow prefill at one backend',
    indicator: FIRST_TOKEN,
    told: (chance) => ({ backend: 'gpu-3', phases: { prefill: at(chance) } }),
    blamed: { phase: 'prefill', backend: 'gpu-3' },
  },
  {
    name: 'a slow decode at one backend',
    indicator: DURATION,
    told: (chance) => ({ backend: 'gpu-2', phases: { decode: 1_000 + at(chance) } }),
    blamed: { phase: 'decode', backend: 'gpu-2' },
  },
  {
    name: 'a slow decode, of the time per token',
    indicator: { kind: 'perToken', thresholdMs: 40 },
    told: (chance) => ({ modelRouted: 'qwen3:4b', phases: { decode: 1_500 + at(chance) } }),
    blamed: { phase: 'decode', backend: undefined, model: 'qwen3:4b' },
  },
  {
    name: 'long answers',
    indicator: DURATION,
    told: () => ({ outputTokens: 301, phases: { decode: 6_000 } }),
    blamed: { phase: 'length', backend: undefined },
  },
  {
    name: 'a failing backend before the one that answers',
    indicator: DURATION,
    told: (chance) => ({
      ...{ backend: 'gpu-2', phases: { retry: at(chance) } },
      attempts: [toAttempt({ backend: 'gpu-1', endedMs: 2_000, result: 'error' }), toAttempt()],
    }),
    blamed: { phase: 'retry', backend: 'gpu-1' },
  },
  {
    name: 'connections that are slow to come',
    indicator: DURATION,
    told: (chance) => ({ backend: 'gpu-3', phases: { connect: at(chance) } }),
    blamed: { phase: 'connect', backend: 'gpu-3' },
  },
  {
    name: 'callers that read slowly',
    indicator: DURATION,
    told: (chance) => ({ phases: { 'client-stall': at(chance) } }),
    blamed: { phase: 'client-stall', backend: undefined, model: undefined },
  },
  {
    name: 'our own work',
    indicator: DURATION,
    told: (chance) => ({ backend: 'gpu-1', phases: { gateway: at(chance) } }),
    blamed: { phase: 'gateway', backend: undefined },
  },
  {
    name: 'our own thread that stands still',
    indicator: FIRST_TOKEN,
    told: (chance) => ({ phases: { prefill: 300 + at(chance) }, loopStallMs: 1_400 }),
    blamed: { phase: 'gateway', backend: undefined },
  },
  {
    name: 'a guard',
    indicator: { kind: 'guard', thresholdMs: 200 },
    told: (chance) => ({ phases: { guard: at(chance) } }),
    blamed: { phase: 'guard' },
  },
]

function assertWhole({ slices }: Attribution): void {
  const sum = slices.reduce((all, { shareRatio }) => all + shareRatio, 0)
  assert.ok(Math.abs(sum - 1) < 1e-6, String(sum))
  const descending = slices.toSorted((a, b) => b.shareRatio - a.shareRatio)
  assert.deepEqual(slices, descending)
}

describe('of one cause injected into mixed traffic, it is named first', () => {
  for (const { name, indicator, told, blamed } of INJECTED) {
    test(name, () => {
      const chance = createChance()
      const records = toTraffic(600, chance)
      for (let count = 0; count < 60; count += 1) records.push(toHealthy(chance, told(chance)))
      const attribution = attributeAll(toObjective(indicator), records)
      const [first] = attribution.slices
      const named = Object.fromEntries(
        Object.keys(blamed).map((key) => [key, first?.[key as keyof BlamedSlice]]),
      )
      assert.deepEqual(named, blamed, JSON.stringify(attribution.slices.slice(0, 4)))
      assert.ok((first?.shareRatio ?? 0) > 0.5)
      assertWhole(attribution)
    })
  }
})

test('whatever is injected where, shares add up and the injected phase comes first', () => {
  const phases = ['queue', 'load', 'prefill', 'decode', 'retry', 'connect', 'client-stall'] as const
  const injection = fc.record({
    phase: fc.constantFrom(...phases),
    backend: fc.constantFrom('gpu-1', 'gpu-2', 'gpu-3'),
    ms: fc.integer({ min: 2_500, max: 60_000 }),
    count: fc.integer({ min: 5, max: 60 }),
  })
  fc.assert(
    fc.property(injection, ({ phase, backend, ms, count }) => {
      const chance = createChance()
      const records = toTraffic(200, chance)
      for (let at = 0; at < count; at += 1)
        records.push(toHealthy(chance, { backend, phases: { [phase]: ms } }))
      const attribution = attributeAll(toObjective(DURATION), records)
      assertWhole(attribution)
      assert.deepEqual(
        [attribution.slices[0]?.phase, attribution.slices[0]?.backend === backend],
        [phase, phase !== 'client-stall'],
      )
      assert.equal(
        toPercents(attribution.slices.map(({ shareRatio }) => shareRatio)).reduce((a, b) => a + b, 0),
        100,
      )
    }),
    { numRuns: 60 },
  )
})

test('two causes are named in the order of what they cost', () => {
  const chance = createChance()
  const records = toTraffic(400, chance)
  for (let count = 0; count < 40; count += 1) {
    records.push(toHealthy(chance, { backend: 'gpu-1', phases: { queue: 6_000 } }))
    records.push(toHealthy(chance, { backend: 'gpu-2', cold: true, phases: { load: 3_000 } }))
  }
  const { slices } = attributeAll(toObjective(DURATION), records)
  assert.deepEqual(
    slices.slice(0, 2).map(({ phase, backend }) => [phase, backend]),
    [
      ['queue', 'gpu-1'],
      ['load', 'gpu-2'],
    ],
  )
  const [queue = 0, load = 0] = slices.map(({ shareRatio }) => shareRatio)
  assert.ok(queue > 0.6 && queue < 0.68 && load > 0.3, `${queue} ${load}`)
})

test('where most of a cause lies at one backend it is named, and the rest is a slice of its own', () => {
  const chance = createChance()
  const records = toTraffic(400, chance)
  for (let count = 0; count < 100; count += 1)
    records.push(
      toHealthy(chance, { backend: count % 4 === 0 ? 'gpu-2' : 'gpu-1', phases: { queue: 5_000 } }),
    )
  const attribution = attributeAll(toObjective(DURATION), records)
  const said = attribution.slices
    .slice(0, 2)
    .map(({ phase, backend, shareRatio }) => [phase, backend, shareRatio.toFixed(1)])
  assert.deepEqual(said, [
    ['queue', 'gpu-1', '0.7'],
    ['queue', undefined, '0.2'],
  ])
  assertWhole(attribution)
})

test('each model is compared with its own healthy events, and each size of prompt too', () => {
  const large = { modelRouted: 'large', promptTokens: 31_000 } as const
  const records: RequestRecord[] = []
  for (let count = 0; count < 200; count += 1) {
    records.push(toStream({ modelRouted: 'small', phases: { decode: 300 } }))
    // Slow by nature, and within the threshold.
    records.push(toStream({ ...large, phases: { prefill: 900, decode: 1_000 } }))
    records.push(toStream({ modelRouted: 'large', phases: { prefill: 100, decode: 1_000 } }))
  }
  for (let count = 0; count < 20; count += 1)
    records.push(toStream({ ...large, phases: { prefill: 900, decode: 1_000, queue: 500 } }))
  const { slices } = attributeAll(toObjective(DURATION), records)
  assert.equal(slices.length, 1, JSON.stringify(slices))
  assert.deepEqual([slices[0]?.phase, slices[0]?.model], ['queue', 'large'])
})

test('a backend that has most of the traffic is not blamed for it', () => {
  const chance = createChance()
  const records = Array.from({ length: 400 }, () =>
    toHealthy(chance, { backend: chance() < 0.8 ? 'gpu-1' : 'gpu-2' }),
  )
  for (let count = 0; count < 100; count += 1)
    records.push(toHealthy(chance, { backend: chance() < 0.8 ? 'gpu-1' : 'gpu-2', phases: { load: 4_000 } }))
  const [first] = attributeAll(toObjective(DURATION), records).slices
  assert.deepEqual([first?.phase, first?.backend], ['load', undefined])
})

test('the only backend and the only model are named', () => {
  const records = Array.from({ length: 100 }, (_, index) =>
    toStream({ phases: { queue: index < 10 ? 9_000 : 10 } }),
  )
  const [first] = attributeAll(toObjective(DURATION), records).slices
  assert.deepEqual(first, {
    ...{ phase: 'queue', backend: 'gpu-1', model: 'm', band: undefined, tenant: undefined },
    shareRatio: 1,
  })
})

test('a queue in front of a backend that generates slower than usual says so, one in front of a busy one does not', () => {
  const chance = createChance()
  const usual = new Usual()
  for (const record of toTraffic(600)) usual.note(record)
  const queued = (decode: number): RequestRecord[] =>
    Array.from({ length: 60 }, () =>
      toHealthy(chance, { backend: 'gpu-2', phases: { queue: 9_000, decode } }),
    )
  const sliceOf = (decode: number): BlamedSlice | undefined =>
    attributeAll(toObjective(FIRST_TOKEN), [...toTraffic(300, chance), ...queued(decode)], usual).slices[0]
  const slow = sliceOf(6_000)
  assert.deepEqual([slow?.phase, slow?.backend], ['queue', 'gpu-2'])
  assert.ok(Math.abs((slow?.slowdown ?? 0) - 3) < 1.5, `${slow?.slowdown} times`)
  assert.match(
    toSliceText(slow!),
    /^queueing at gpu-2.* \(because gpu-2 generates [\d.]+ times slower than usual\)$/,
  )
  const busy = sliceOf(1_000)
  assert.deepEqual([busy?.phase, busy?.backend, busy?.slowdown], ['queue', 'gpu-2', undefined])
})

test('where nothing was healthy, the usual stands in for it', () => {
  const usual = new Usual()
  for (let count = 0; count < 20; count += 1) usual.note(toStream({ outputTokens: 101 }))
  const records = Array.from({ length: 30 }, () =>
    toStream({ outputTokens: 101, phases: { decode: 2_000, queue: 1_500 } }),
  )
  const objective = toObjective(DURATION)
  assert.equal(
    attributeAll(objective, records).slices[0]?.phase,
    'decode',
    'all of the time, for want of anything better',
  )
  const { slices } = attributeAll(objective, records, usual)
  assert.deepEqual([slices[0]?.phase, Math.round((slices[0]?.shareRatio ?? 0) * 100)], ['queue', 100])
})

test('of answers in one piece the verdict tells what their time was', () => {
  const attributor = createAttributor(toObjective(DURATION))
  for (let count = 0; count < 20; count += 1) attributor.add({ record: toWhole(), verdict: undefined })
  const record = toWhole({ promptTokens: 31_000, phases: { decode: 8_200 } })
  const verdict = { cause: 'prefill', shareRatio: 7_000 / record.durationMs, text: '' } as const
  for (let count = 0; count < 20; count += 1) attributor.add({ record, verdict })
  assert.deepEqual(attributor.result().slices[0]?.phase, 'prefill')
})

test('lost availability is divided by code, backend, model and tenant', () => {
  const chance = createChance()
  const records: RequestRecord[] = toTraffic(300, chance).map((record, index) => ({
    ...record,
    tenant: index % 2 === 0 ? 'a' : 'b',
  }))
  const failed = (told: Told & Required<Pick<RequestRecord, 'code'>>): RequestRecord =>
    toFailed({ modelRouted: 'qwen3:4b', tenant: 'a', ...told, phases: { retry: 10 } })
  for (let count = 0; count < 62; count += 1)
    records.push(
      failed({ code: 'backend_unreachable', backend: 'gpu-1', tenant: count % 2 === 0 ? 'a' : 'b' }),
    )
  for (let count = 0; count < 38; count += 1)
    records.push(failed({ code: 'queue_full', outcome: 'gateway_error', backend: undefined, tenant: 'b' }))
  records.push(failed({ code: 'unauthorized', outcome: 'caller_error', backend: undefined }))
  const attribution = attributeAll(toObjective({ kind: 'availability' }), records)
  assert.deepEqual([attribution.of, attribution.badEvents, attribution.events], ['failures', 100, 400])
  assert.deepEqual(attribution.slices, [
    {
      ...{
        phase: 'backend_unreachable',
        backend: 'gpu-1',
        model: 'qwen3:4b',
        band: undefined,
        tenant: undefined,
      },
      shareRatio: 0.62,
    },
    {
      phase: 'queue_full',
      backend: undefined,
      model: 'qwen3:4b',
      band: undefined,
      tenant: 'b',
      shareRatio: 0.38,
    },
  ])
})

test('only what the objective counts is added', async () => {
  const objective = toObjective(DURATION, { model: 'qwen3*' })
  const records = toTraffic(50)
  async function* scan() {
    await Promise.resolve()
    yield records.map((record) => ({ record, verdict: undefined }))
    yield [{ record: toStream({ phases: { queue: 9_000 } }), verdict: undefined }]
    yield [{ record: toFailed({ code: 'backend_error', modelRouted: 'qwen3:4b' }), verdict: undefined }]
  }
  const attribution = await attribute(objective, scan())
  assert.deepEqual([attribution.events, attribution.badEvents, attribution.slices], [50, 0, []])
})

test('no number of models, tenants or backends fills memory, and nothing of the excess is lost', () => {
  const attributor = createAttributor(toObjective(DURATION))
  const failures = createAttributor(toObjective({ kind: 'availability' }))
  for (let count = 0; count < 6_000; count += 1) {
    const record = toStream({ modelRouted: `m${count}`, phases: { queue: 5_000 } })
    attributor.add({ record, verdict: undefined })
    const failed = toFailed({ code: 'backend_error', tenant: `t${count}` })
    failures.add({ record: failed, verdict: undefined })
  }
  assertWhole(attributor.result())
  assertWhole(failures.result())
  assert.equal(failures.result().slices[0]?.phase, 'backend_error')
})
