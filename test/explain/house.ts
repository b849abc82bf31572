// The real gateway before pretend model servers, with an explainer that reads every record as it is sealed.
import assert from 'node:assert/strict'
import type { RequestRecord } from '../../src/core/record.ts'
import type { Verdict } from '../../src/core/verdict.ts'
import { createSimulator, type ProfileInput, type Simulator } from '../../src/simulator/index.ts'
import { createExplainer, type Explainer } from '../../src/slo/explain.ts'
import { startGateway, until, type TestGateway, type Written } from '../support/weir.ts'

export type ApiName = 'chat' | 'completions' | 'responses' | 'messages' | 'ollama' | 'generate' | 'embeddings'

export interface Question {
  readonly id: string
  readonly model: string
  readonly api?: ApiName
  readonly stream?: boolean
  readonly promptTokens?: number
  /** In the words of the simulator's header. */
  readonly faults?: string
  readonly leaveAfterMs?: number
}

const PATHS: Readonly<Record<ApiName, string>> = {
  chat: '/v1/chat/completions',
  completions: '/v1/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
  ollama: '/api/chat',
  generate: '/api/generate',
  embeddings: '/v1/embeddings',
}

/** The simulator counts a token for every four bytes. */
const WORD = 'abc '

export function toRequest({ id, model, api = 'chat', stream = true, promptTokens = 10, faults }: Question) {
  const text = WORD.repeat(promptTokens)
  const messages = [{ role: 'user', content: text }]
  const asked: Readonly<Record<ApiName, object>> = {
    chat: { messages },
    completions: { prompt: text },
    responses: { input: text },
    messages: { messages, max_tokens: 100_000 },
    ollama: { messages },
    generate: { prompt: text },
    embeddings: { input: text },
  }
  const isStreamed = api === 'embeddings' ? {} : { stream }
  return {
    path: PATHS[api],
    headers: { 'x-request-id': id, ...(faults === undefined ? {} : { 'x-sim-fault': faults }) },
    body: JSON.stringify({ model, ...isStreamed, ...asked[api] }),
  }
}

export interface Explained {
  readonly record: RequestRecord
  readonly verdict: Verdict
}

export interface House {
  readonly gateway: TestGateway
  readonly explainer: Explainer
  /** Takes the whole answer, whatever it is; resolves when the record is there. */
  ask(question: Question): Promise<Explained>
  explained(id: string): Promise<Explained>
  queueDepth(backend: string): number
  stop(): Promise<void>
}

export async function startHouse(config: Written, explainer = createExplainer()): Promise<House> {
  const all = new Map<string, Explained>()
  const gateway = await startGateway(config, {
    onRecord: (record) => void all.set(record.id, { record, verdict: explainer.explain(record) }),
  })
  const explained = async (id: string): Promise<Explained> => {
    await until(() => all.has(id), `the record of ${id}`, 20_000)
    const found = all.get(id)
    assert.ok(found !== undefined)
    return found
  }
  return {
    gateway,
    explainer,
    explained,
    async ask(question) {
      const { path, headers, body } = toRequest(question)
      const { leaveAfterMs } = question
      const signal = leaveAfterMs === undefined ? null : AbortSignal.timeout(leaveAfterMs)
      const asked = fetch(`${gateway.url}${path}`, { method: 'POST', headers, body, signal })
      await asked.then((answer) => answer.arrayBuffer()).catch(() => undefined)
      return explained(question.id)
    },
    queueDepth: (name) =>
      [...gateway.weir.gateway.backends()].find((each) => each.name === name)?.queueDepth ?? 0,
    stop: () => gateway.stop(),
  }
}

export async function startSimulator(profile: ProfileInput): Promise<Simulator & { readonly url: string }> {
  const simulator = createSimulator(profile)
  const { url } = await simulator.listen()
  return Object.assign(simulator, { url })
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))
