// The street on which the situations live: a gateway with backends of every temper, and what it has learnt before they come.
import { startFrozenListener, type FrozenListener } from './frozen-listener.ts'
import { pause, startHouse, startSimulator, type House } from './house.ts'
import type { Written } from '../support/weir.ts'

/** A healthy answer: 30 tokens at 50 tok/s after 60 ms. */
export const TOKENS = 30
const TOKENS_PER_SECOND = 50
const FIRST_TOKEN_MS = 60
const PREFILL_MS_PER_1K = 60
/** Work of one who stands before somebody in a queue. */
const SHORT_WORK = { firstTokenMs: 60, tokensPerSecond: 100, outputTokens: 10 }
const LOAD_MS = 900
/** How long what never comes is waited for. */
const PATIENCE = '700ms'

/** Models that are not in memory when they are first asked for, and those that were and no longer are. */
export const COLD = [
  'cold-1',
  'cold-2',
  'cold-3',
  'cold-4',
  'cold-5',
  'cold-6',
  'cold-busy',
  'cold-stuck',
] as const
export const GONE = ['gone-1', 'gone-2', 'gone-3', 'gone-4'] as const
export const QUEUES = [
  'queue-1',
  'queue-2',
  'queue-3',
  'queue-4',
  'queue-5',
  'queue-6',
  'queue-7',
  'queue-8',
] as const
/** Each has a first backend that fails in its way. */
export const DETOURS = ['hang-1', 'hang-2', 'hang-3', 'hang-4', 'break-1', 'break-2', 'break-3'] as const
/** Streams of them are slow in one way at a time, so that they tell of answers in one piece. */
export const BESIDE = ['late-1', 'late-2', 'slow-1', 'healthy-1', 'over-1', 'over-2'] as const
/** Nobody streams them. */
export const UNSTREAMED = ['whole-1', 'whole-2', 'whole-3'] as const
export const FROZEN = ['frozen-1', 'frozen-2', 'frozen-3'] as const

const PLAIN = ['m', 'embed', ...DETOURS, ...BESIDE, ...UNSTREAMED]

export interface Street {
  readonly house: House
  readonly frozen: ReadonlyMap<string, FrozenListener>
  stop(): Promise<void>
}

export async function startStreet(): Promise<Street> {
  const pace = { firstTokenMs: FIRST_TOKEN_MS, tokensPerSecond: TOKENS_PER_SECOND, outputTokens: TOKENS }
  const rate = { prefillMsPer1kTokens: PREFILL_MS_PER_1K }
  const plain = await startSimulator({ kind: 'vllm', ...pace, ...rate })
  const short = await startSimulator({ kind: 'vllm', ...SHORT_WORK })
  const ollama = await startSimulator({
    ...{ kind: 'ollama', ...pace },
    models: [
      ...COLD.map((name) => ({ name, cold: true, loadMs: name === 'cold-stuck' ? 60_000 : LOAD_MS })),
      ...GONE.map((name) => ({ name, loadMs: LOAD_MS })),
      { name: 'offloaded', sizeBytes: 100, sizeVramBytes: 63 },
      'told',
    ],
  })
  const narrow = await startSimulator({ kind: 'ollama', slots: 1, ...pace, models: ['narrow'] })
  const hanging = await startSimulator({ faults: [{ fault: 'hang' }] })
  const breaking = await startSimulator({
    faults: [{ fault: 'slow-ttft', arg: 600 }, { fault: 'error-200' }],
  })
  const frozen = new Map<string, FrozenListener>()
  for (const name of FROZEN) frozen.set(name, await startFrozenListener(plain.address?.port ?? 0))
  const simulators = [plain, short, ollama, narrow, hanging, breaking]
  const house = await startHouse({
    backends: [
      { name: 'plain', url: plain.url, kind: 'simulator', models: PLAIN },
      {
        name: 'impatient',
        url: plain.url,
        kind: 'simulator',
        models: ['i'],
        timeouts: { firstToken: PATIENCE, idle: PATIENCE },
      },
      ...QUEUES.map((name) => ({
        name,
        url: short.url,
        kind: 'simulator',
        models: [name],
        concurrency: 1,
        queue: { timeout: name === 'queue-6' ? PATIENCE : '20s' },
      })),
      { name: 'ollama', url: ollama.url, kind: 'ollama', timeouts: { firstToken: '5s', load: '1200ms' } },
      { name: 'narrow', url: narrow.url, kind: 'ollama' },
      ...DETOURS.map((name) => ({
        ...{ name: `bad-${name}`, kind: 'simulator', models: [name], timeouts: { firstToken: PATIENCE } },
        url: name.startsWith('hang') ? hanging.url : breaking.url,
      })),
      ...FROZEN.map((name) => ({
        ...{ name, url: frozen.get(name)?.url, kind: 'simulator', models: [name] },
        timeouts: { connect: name === 'frozen-3' ? PATIENCE : '8s' },
      })),
    ],
    models: DETOURS.map((name) => ({ name, backends: [`bad-${name}`, 'plain'], strategy: 'priority' })),
    discovery: { every: '100ms' },
  } satisfies Written)
  await learn(house)
  await unload(ollama.url)
  return {
    house,
    frozen,
    async stop() {
      await house.stop()
      for (const listener of frozen.values()) listener.close()
      for (const simulator of simulators) await simulator.close()
    },
  }
}

/** What is usual for each model that is not new when the situations come. */
async function learn(house: House): Promise<void> {
  const asked: Promise<unknown>[] = []
  for (let count = 0; count < 8; count += 1) {
    for (const model of ['m', 'i', 'told', 'offloaded', ...GONE, ...BESIDE])
      asked.push(house.ask({ id: `learn-${model}-${count}`, model }))
    for (const model of UNSTREAMED)
      asked.push(house.ask({ id: `learn-${model}-${count}`, model, stream: false }))
    asked.push(house.ask({ id: `learn-long-${count}`, model: 'm', promptTokens: 600 }))
    asked.push(house.ask({ id: `learn-embed-${count}`, model: 'embed', api: 'embeddings' }))
  }
  await Promise.all(asked)
}

/** As Ollama does it when a model was not used for a while. */
async function unload(url: string): Promise<void> {
  for (const model of GONE) {
    const answer = await fetch(`${url}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model, keep_alive: 0 }),
    })
    await answer.arrayBuffer()
  }
  // Until the gateway has looked again.
  await pause(400)
}
