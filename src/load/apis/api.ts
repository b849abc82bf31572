// What the client must know of an API to load it: how a question looks, which events of an answer hold generated tokens,
// where the counts stand, how an error is said. One file of this folder for each.
import type { Order } from '../order.ts'
import type { ApiName } from '../plan.ts'

/** What is noted while an answer is read. */
export interface Notes {
  promptTokens: number | undefined
  outputTokens: number | undefined
  /** The API's own sign of a complete answer was seen. */
  isComplete: boolean
  error: SaidError | undefined
}

/** Undefined: not said. */
export interface SaidError {
  readonly code: string | undefined
  readonly message: string | undefined
}

export interface Api {
  readonly name: ApiName
  /** Below the address of the server. */
  readonly path: string
  /** Where its models are listed. */
  readonly listPath: string
  readonly framing: 'sse' | 'ndjson'
  toBody(model: string, order: Order): string
  toHeaders(key: string | undefined): Readonly<Record<string, string>>
  /** One event of a stream. True when it brought something generated: text, reasoning or a part of a tool call. */
  readEvent(event: unknown, notes: Notes): boolean
  /** An answer in one piece. */
  readWhole(body: unknown, notes: Notes): void
  /** The body of an answer with an error status. */
  readError(body: unknown): SaidError
}

export type Fields = Readonly<Record<string, unknown>>

const NO_FIELDS: Fields = {}

/** Whatever a server sent, as something to look into. */
export function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : NO_FIELDS
}

export function toItems(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Undefined for what no count can be. */
export function toCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

export const JSON_HEADERS: Readonly<Record<string, string>> = { 'content-type': 'application/json' }

export function bearer(key: string | undefined): Readonly<Record<string, string>> {
  return key === undefined ? JSON_HEADERS : { ...JSON_HEADERS, authorization: `Bearer ${key}` }
}
