// What a conversation is: what a program asks through an official client, and what the model server answers, as bytes.
// Helpers to write answers down as they go over the wire. Data only; nothing here runs anything.
import type { RequestRecord } from '../../../src/core/record.ts'
import type { Clients } from './clients.ts'
import type { Answer } from './replay-backend.ts'

/** What the record of an answer must say; what is not named is not known. */
export interface RecordFacts {
  readonly model?: string
  readonly finishReason?: string
  readonly promptTokens?: number
  readonly outputTokens?: number
  readonly cachedTokens?: number
  readonly reasoningTokens?: number
  /** Events that carried generated output; 0 for an answer in one piece. */
  readonly tokens?: number
}

export interface Conversation {
  readonly title: string
  /** What the model server answers, turn by turn. */
  readonly answers: readonly Answer[]
  /** The program: returns what it got, a stream as it is. */
  readonly ask: (clients: Clients) => PromiseLike<unknown>
  /** Of the last turn. */
  readonly record: RecordFacts
  /** What the gateway adds to a request; without it not a byte may differ. */
  readonly edit?: (sent: string) => string
}

export function toFacts(record: RequestRecord): RecordFacts {
  const { usage, gaps, firstTokenMs } = record
  const facts = {
    model: record.modelAnswered,
    finishReason: record.finishReason,
    promptTokens: usage.promptTokens,
    outputTokens: usage.outputTokens,
    cachedTokens: usage.cachedTokens,
    reasoningTokens: usage.reasoningTokens,
    tokens: firstTokenMs === undefined ? undefined : 1 + (gaps?.count ?? 0),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/** A stream of chat or completions whose caller did not ask for usage: the gateway does. */
export const asksUsage = (sent: string): string =>
  sent.replace('{', '{"stream_options":{"include_usage":true},')

type Json = Readonly<Record<string, unknown>> | string

/** An object, or a text where its exact spelling matters. */
const print = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Events of OpenAI's chat and completions. */
export const data = (...events: readonly Json[]): string =>
  events.map((event) => `data: ${print(event)}\n\n`).join('')

/** The same, ended as they end. */
export const dataDone = (...events: readonly Json[]): string => `${data(...events)}data: [DONE]\n\n`

/** Events that are named by their own `type`: Anthropic's, and those of OpenAI's responses. */
export const typed = (...events: readonly (Json & { readonly type: string })[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')

export const lines = (...objects: readonly Json[]): string =>
  objects.map((object) => `${print(object)}\n`).join('')

export const sse = (body: string, usageEvent?: string): Answer => ({
  type: 'text/event-stream; charset=utf-8',
  body,
  ...(usageEvent !== undefined && { usageEvent }),
})

export const ndjson = (body: string): Answer => ({ type: 'application/x-ndjson', body })

export const json = (body: Json, status = 200): Answer => ({
  type: 'application/json',
  status,
  body: print(body),
})
