// The one fact: everything that is known of a request once it is over.
// Types only. A record holds no prompt and no answer text, so no reader of it can leak them.
import type { Blame, ErrorCode } from './errors.ts'

/** Whose API the caller speaks; decides the shape of errors. */
export type DialectName = 'openai' | 'ollama' | 'anthropic'

/** What was asked for, in the words of OpenTelemetry's `gen_ai.operation.name`. */
export type Operation =
  'chat' | 'text_completion' | 'generate_content' | 'embeddings' | 'moderation' | 'models' | 'other'

/** How a request ended, as the metric label spells it. */
export type Outcome = 'ok' | 'caller_error' | 'rejected' | 'backend_error' | 'gateway_error' | 'abandoned'

/** Where the time of a request went. The order is the order in which they happen. */
export const PHASES = [
  'receive',
  'authenticate',
  'limit',
  'guard',
  'queue',
  'retry',
  'connect',
  'load',
  'prefill',
  'decode',
  'client-stall',
  'gateway',
] as const

export type PhaseName = (typeof PHASES)[number]

/**
 * Milliseconds per phase; their sum is the duration of the request.
 * `retry` is the time spent on attempts that did not give the answer; `connect`, `load`, `prefill` and `decode`
 * belong to the attempt that did. `gateway` is the rest: our own overhead.
 */
export type Phases = Readonly<Record<PhaseName, number>>

/** One try at one backend. Times are milliseconds since the request began, on the monotonic clock. */
export interface Attempt {
  readonly backend: string
  /** The backend's kind, used as `gen_ai.provider.name`. */
  readonly provider: string
  readonly startedMs: number
  /** When the request was handed to a connected socket. */
  readonly connectedMs: number | undefined
  /** When the first byte of the answer's head arrived. */
  readonly firstByteMs: number | undefined
  /** When the first generated token arrived. */
  readonly firstTokenMs: number | undefined
  readonly endedMs: number
  readonly result: 'success' | 'error' | 'abandoned'
  readonly code: ErrorCode | undefined
  /** HTTP status the backend answered with, if it came so far. */
  readonly status: number | undefined
}

/** A wait for a slot in this gateway; what a backend says of its own queue is not in it. */
export interface Queued {
  /** At whose queue it was counted when it came. */
  readonly backend: string
  /** Its position then, from 1. */
  readonly position: number
  /** All its waits together. */
  readonly waitMs: number
}

/** Token counts as the backend itself gave them. */
export interface Usage {
  readonly promptTokens: number | undefined
  readonly outputTokens: number | undefined
  readonly cachedTokens: number | undefined
  readonly reasoningTokens: number | undefined
}

export interface Cost {
  /** Millionths of the currency. */
  readonly micros: number
  /** ISO 4217. */
  readonly currency: string
}

/** Gaps between generated tokens, counted into fixed buckets. */
export interface GapSketch {
  /** Upper bounds of the buckets in milliseconds, ascending; one more count than bounds (the last is +Inf). */
  readonly boundsMs: readonly number[]
  readonly counts: readonly number[]
  readonly count: number
  readonly sumMs: number
  readonly maxMs: number
}

/** What this gateway had no room of: a finer word for `queue_full`. */
export type ShedReason = 'loop' | 'memory' | 'connections'

export interface RequestRecord {
  readonly id: string
  /** W3C trace id (32 hex digits): of the caller's `traceparent`, or of a trace that began here. */
  readonly traceId: string | undefined
  /** W3C span id of the caller (16 hex digits). */
  readonly parentSpanId: string | undefined
  /** Spans of it are to be sent; not known of a record that was kept. */
  readonly isTraced: true | undefined
  /** Wall clock, milliseconds since the epoch. */
  readonly startedAtMs: number
  readonly durationMs: number
  readonly method: string
  /** The matched route, e.g. `/v1/chat/completions`; `other` when none matched. Never a raw path. */
  readonly endpoint: string
  readonly dialect: DialectName
  readonly operation: Operation
  /** As the caller wrote it; free text, never a metric label. */
  readonly modelAsked: string | undefined
  /** The model of our configuration or discovery that it was routed to. */
  readonly modelRouted: string | undefined
  /** The model of our configuration that it was meant for, when it was sent to a fallback of it instead. */
  readonly fallbackFrom: string | undefined
  /** What became of it there; `no_backend` when nobody could be asked. */
  readonly fallbackReason: ErrorCode | undefined
  /** As the backend named it in its answer. */
  readonly modelAnswered: string | undefined
  /** The backend that answered, or the last one that was tried. */
  readonly backend: string | undefined
  readonly provider: string | undefined
  readonly key: string | undefined
  readonly tenant: string | undefined
  readonly stream: boolean
  readonly requestBytes: number
  readonly responseBytes: number
  /** Bytes of the part of the request that holds the prompt (messages, prompt or input). */
  readonly promptBytes: number
  readonly usage: Usage
  /** What it costs by the price of its model; undefined for a model without one. By estimate where no usage came. */
  readonly cost: Cost | undefined
  readonly finishReason: string | undefined
  readonly attempts: readonly Attempt[]
  /** Undefined when a slot was free at once. */
  readonly queued: Queued | undefined
  readonly phases: Phases
  /** Milliseconds from the start of the request to the first generated token. */
  readonly firstTokenMs: number | undefined
  readonly gaps: GapSketch | undefined
  /** Gaps longer than the stall threshold. */
  readonly stalls: number
  /** The backend had to load the model for this request. */
  readonly cold: boolean
  /** Share of the model that lay outside GPU memory, 0 to 1, as its backend said last; undefined where it does not say. */
  readonly offloadRatio?: number | undefined
  /** For how long this process's thread stood still meanwhile: whatever arrived then was seen later by as much. */
  readonly loopStallMs?: number | undefined
  readonly outcome: Outcome
  readonly code: ErrorCode | undefined
  readonly blame: Blame | undefined
  /** HTTP status the caller got; 499 when it left before one was sent. */
  readonly status: number
  /** Who broke an answer off after its first byte was sent. */
  readonly interruptedBy: 'caller' | 'gateway' | 'backend' | undefined
  /** Why the gateway as a whole had no room for it; undefined when it had, or when a single queue was full. */
  readonly shed: ShedReason | undefined
  readonly estimated: {
    /** The backend gave no token counts. */
    readonly usage: boolean
    /** Prefill and decode could not be told apart and stand in `decode`. */
    readonly phases: boolean
  }
}
