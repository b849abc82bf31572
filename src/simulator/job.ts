// The words the parts of the simulator share about one request: what was asked, what will be said, what it took.

import type { JsonObject } from './json.ts'
import type { ServerKind } from './profile.ts'

/** The three families of paths; each has its own shape for errors. */
export type ApiFamily = 'openai' | 'ollama' | 'anthropic'

export interface Turn {
  readonly role: string
  readonly text: string
}

export interface Tool {
  readonly name: string
  readonly parameters: JsonObject
}

/** One request in neutral words, whatever dialect it came in. */
export interface Ask {
  readonly model: string
  readonly stream: boolean
  /** generate: prefill and tokens. encode: prefill only. load: neither, but the model gets loaded. count: no model. */
  readonly work: 'generate' | 'encode' | 'load' | 'count'
  readonly turns: readonly Turn[]
  readonly maxTokens: number | undefined
  readonly choices: number
  readonly tools: readonly Tool[]
  readonly parallelTools: boolean
  readonly seed: number
  /** How long the model stays loaded after this; undefined: as the profile says. */
  readonly keepAliveMs: number | undefined
}

export const emptyAsk: Ask = {
  model: '',
  stream: false,
  work: 'generate',
  turns: [],
  maxTokens: undefined,
  choices: 1,
  tools: [],
  parallelTools: true,
  seed: 0,
  keepAliveMs: undefined,
}

export type FinishReason = 'stop' | 'length' | 'tool_calls'

export interface PlannedCall {
  readonly index: number
  readonly id: string
  readonly name: string
  readonly json: string
}

/** One token of the answer. `first` and `last` are about its part: a run of reasoning, of text, or one call. */
export interface Step {
  readonly choice: number
  readonly kind: 'reasoning' | 'text' | 'tool'
  readonly text: string
  readonly call: PlannedCall | undefined
  readonly first: boolean
  readonly last: boolean
}

export interface PlannedChoice {
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly PlannedCall[]
  readonly finish: FinishReason
}

/** The whole answer, decided before its first token leaves. */
export interface Plan {
  readonly choices: readonly PlannedChoice[]
  readonly steps: readonly Step[]
  readonly reasoningTokens: number
}

export interface Usage {
  readonly promptTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
}

/** Milliseconds since the epoch, as they really happened. */
export interface Timeline {
  arrivedAtMs: number
  loadedAtMs: number
  startedAtMs: number
  firstTokenAtMs: number
  lastTokenAtMs: number
}

/** One answer in the making: all that a voice needs to put it into words of its dialect. */
export interface Run {
  readonly id: string
  readonly createdSeconds: number
  readonly model: string
  readonly kind: ServerKind
  readonly plan: Plan
  /** What will be reported: undefined if nothing is, and with `lying-usage` not the truth. */
  readonly usage: Usage | undefined
  readonly timeline: Timeline
}

/** How one dialect says a stream. Each function gives the bytes of zero or more whole events. */
export interface StreamVoice {
  readonly contentType: string
  /** Before the first token: a role, a message_start. */
  opening(): string
  step(step: Step): string
  /** The finish reason and the usage. */
  closing(): string
  /** What comes after that: [DONE], message_stop. */
  ending(): string
  /** An error in the middle. */
  error(message: string): string
  /** An event whose JSON is broken. */
  malformed(): string
}

/** What one dialect made of a request: the neutral ask, and how to answer it. */
export interface Job {
  readonly ask: Ask
  whole(run: Run): string
  /** Undefined where the dialect has no streams. */
  readonly stream: ((run: Run) => StreamVoice) | undefined
}

export interface Endpoint {
  readonly path: string
  readonly api: ApiFamily
  /** Which real servers have this path. */
  readonly kinds: readonly ServerKind[]
  /** Throws RequestProblem. */
  parse(body: JsonObject): Job
}

/** Why a request was not answered, to be said in the dialect of whoever asked. */
export class RequestProblem extends Error {
  readonly status: number
  readonly param: string | undefined

  constructor(status: number, message: string, param?: string) {
    super(message)
    this.name = 'RequestProblem'
    this.status = status
    this.param = param
  }
}
