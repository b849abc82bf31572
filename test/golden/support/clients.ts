// The official clients, all pointed at one address, with everything that passes kept as bytes.
import Anthropic from '@anthropic-ai/sdk'
import { Ollama } from 'ollama'
import OpenAI from 'openai'

/** One request of a client and the answer it got, as bytes. */
export interface Passed {
  readonly target: string
  readonly sent: string
  readonly received: Promise<Buffer>
}

export interface Clients {
  readonly openai: OpenAI
  readonly anthropic: Anthropic
  readonly ollama: Ollama
  /** In the order in which they were sent. */
  readonly passed: Passed[]
}

export const API_KEY = 'wk_golden'

/** The clients never try again: a conversation is to show each answer, not the last of three. */
export function createClients(url: string): Clients {
  const passed: Passed[] = []
  const watched: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init)
    const [given, kept] = answer.body === null ? [null, null] : answer.body.tee()
    const { href } = new URL(input instanceof Request ? input.url : input)
    passed.push({
      target: href.slice(url.length),
      sent: typeof init?.body === 'string' ? init.body : '',
      received: new Response(kept).arrayBuffer().then(
        (bytes) => Buffer.from(bytes),
        () => Buffer.from('broken off'),
      ),
    })
    const { status, statusText, headers } = answer
    return new Response(given, { status, statusText, headers })
  }
  const options = { apiKey: API_KEY, maxRetries: 0, fetch: watched, logLevel: 'off' } as const
  return {
    openai: new OpenAI({ baseURL: `${url}/v1`, ...options }),
    anthropic: new Anthropic({ baseURL: url, ...options }),
    ollama: new Ollama({ host: url, fetch: watched }),
    passed,
  }
}

/** How an error looks to the program that catches it. */
export interface Raised {
  readonly raised: string
  readonly status: number | undefined
  readonly message: string
  readonly code: string | undefined
  readonly type: string | undefined
}

/** Everything a call gives: its value, or each event of its stream in order; and what it raised, if it did. */
export async function tell(work: () => PromiseLike<unknown>): Promise<unknown[]> {
  const told: unknown[] = []
  try {
    const value = await work()
    if (isStream(value)) for await (const event of value) told.push(event)
    else told.push(value)
  } catch (thrown) {
    told.push(toRaised(thrown))
  }
  return told
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

export function toRaised(thrown: unknown): Raised {
  const error = thrown as Error & { status?: number; status_code?: number; code?: string; type?: string }
  return {
    raised: error.constructor.name,
    status: error.status ?? error.status_code,
    message: error.message,
    code: error.code ?? undefined,
    type: error.type ?? undefined,
  }
}
