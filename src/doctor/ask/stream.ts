// Streams one chat through an address and notes when bytes arrive, so that a buffer on the way can be seen. Leaves when told.
import { request } from 'undici'
import { sleep } from '../../core/clock.ts'
import type { Asked } from '../check.ts'
import { splitCredential } from './asker.ts'
import { toFailure, type Failure } from './failure.ts'

export interface Streamed {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** When bytes arrived, in milliseconds since the request was sent. */
  readonly arrivalsMs: readonly number[]
  /** Whether it ended by itself before we left. */
  readonly isOver: boolean
  /** The beginning of an answer that is no stream. */
  readonly text: string
}

export interface StreamQuestion {
  readonly url: string
  readonly socketPath?: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly model: string
  readonly tokens: number
  /** Whether it is asked for event by event; else nothing comes until it is whole. */
  readonly isStream: boolean
  /** Leaves after this long. */
  readonly leaveAfterMs: number
}

const SHOWN_BYTES = 2_000
const PROMPT = 'Count from one to two hundred in words.'

export async function streamChat(asked: Asked, question: StreamQuestion): Promise<Streamed | Failure> {
  const { clock, asker } = asked
  const leave = new AbortController()
  const startedMs = clock.now()
  const arrivalsMs: number[] = []
  const seen = { status: 0, headers: {} as Record<string, string>, text: '' }
  const { address, authorization } = splitCredential(question.url)
  const read = async (): Promise<boolean> => {
    const answer = await request(address, {
      ...{ method: 'POST', signal: leave.signal, dispatcher: asker.agentFor(question.socketPath) },
      // What browsers and the SDKs of OpenAI send: a proxy that compresses streams does so for them too.
      headers: {
        'content-type': 'application/json',
        'accept-encoding': 'gzip, deflate',
        ...authorization,
        ...question.headers,
      },
      body: JSON.stringify({
        ...{ model: question.model, stream: question.isStream, max_tokens: question.tokens },
        messages: [{ role: 'user', content: PROMPT }],
      }),
    })
    seen.status = answer.statusCode
    for (const [name, value] of Object.entries(answer.headers)) seen.headers[name] = String(value)
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      arrivalsMs.push(clock.now() - startedMs)
      if (seen.text.length < SHOWN_BYTES) seen.text += chunk.toString('utf8')
    }
    return true
  }
  try {
    const isOver = await Promise.race([read(), sleep(clock, question.leaveAfterMs).then(() => false)])
    return { ...seen, arrivalsMs, isOver }
  } catch (thrown) {
    return toFailure(thrown)
  } finally {
    leave.abort()
  }
}

/** How often something came after a moment in which nothing did. */
export function countBursts(arrivalsMs: readonly number[], gapMs: number): number {
  return arrivalsMs.filter((at, index) => index === 0 || at - (arrivalsMs[index - 1] ?? at) > gapMs).length
}
