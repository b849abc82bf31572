// Two simulated backends behind the real gateway, the official OpenAI client in front: the stage of most fault cases.
// The first backend gets the fault; the first request of a model meets it first, because equals take turns.
import OpenAI from 'openai'
import {
  createSimulator,
  type FaultRule,
  type ProfileInput,
  type Simulator,
} from '../../../src/simulator/index.ts'
import type { RequestRecord } from '../../../src/core/record.ts'
import { startGateway, type TestGateway, type Written } from '../../support/weir.ts'

export type Fault = Partial<FaultRule> & Pick<FaultRule, 'fault'>

export interface Pair {
  readonly gateway: TestGateway
  readonly first: Simulator
  readonly second: Simulator
  readonly client: OpenAI
  /** Asks for a chat, streamed or whole, and gives what the client made of it. */
  readonly ask: (stream: boolean) => Promise<Told>
  stop(): Promise<void>
}

export interface Told {
  readonly text: string
  /** What the client raised, if it did. */
  readonly error: unknown
  readonly record: RequestRecord
}

export interface PairOptions {
  readonly first?: ProfileInput
  readonly second?: ProfileInput
  readonly config?: Written
  /** Merged into both backends. */
  readonly backend?: Written
}

/** Short clocks: what hangs is noticed within a test's patience. */
const CLOCKS = { connect: '500ms', firstToken: '300ms', idle: '300ms', total: '3s' }
const MESSAGES = [{ role: 'user' as const, content: 'Good morning, 堰' }]

export async function startPair(options: PairOptions = {}): Promise<Pair> {
  const profiles = [options.first, options.second]
  const simulators = profiles.map((profile) =>
    createSimulator({ outputTokens: 12, recordRequests: true, ...profile }),
  )
  const [first, second] = simulators
  if (first === undefined || second === undefined) throw new TypeError('two profiles make two simulators')
  const backends: Written[] = []
  for (const [index, simulator] of simulators.entries()) {
    const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
    backends.push({
      name: index === 0 ? 'first' : 'second',
      url,
      kind: 'simulator',
      timeouts: CLOCKS,
      ...options.backend,
    })
  }
  const gateway = await startGateway({ backends, ...options.config })
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'any', maxRetries: 0 })
  return {
    gateway,
    first,
    second,
    client,
    async ask(stream) {
      const sealed = gateway.records.length
      const told = stream ? await readStream(client) : await readWhole(client)
      const record = (await gateway.untilSealed(sealed + 1)).at(-1)
      if (record === undefined) throw new TypeError('untilSealed gave no record')
      return { ...told, record }
    },
    async stop() {
      await gateway.stop()
      for (const simulator of simulators) await simulator.close()
    },
  }
}

async function readWhole(client: OpenAI): Promise<Pick<Told, 'text' | 'error'>> {
  try {
    const answer = await client.chat.completions.create({ model: 'sim-chat', messages: MESSAGES })
    return { text: answer.choices[0]?.message.content ?? '', error: undefined }
  } catch (error) {
    return { text: '', error }
  }
}

async function readStream(client: OpenAI): Promise<Pick<Told, 'text' | 'error'>> {
  let text = ''
  try {
    const stream = await client.chat.completions.create({
      model: 'sim-chat',
      messages: MESSAGES,
      stream: true,
    })
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    return { text, error: undefined }
  } catch (error) {
    return { text, error }
  }
}
