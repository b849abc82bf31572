// How packed records lie in memory: which place of a record's numbers and references means what. Data only.
// Packed records never outlive the process: a store has columns of its own, so this may change with any version.

/**
 * Many records in few pieces, cheap to hand to another thread: the arrays change hands, the texts are two.
 * A reference is the place of a word in `words`, plus one; 0 is undefined. A number that is undefined is NaN.
 */
export interface PackedRecords {
  readonly count: number
  /** May be longer than what is used of it. */
  readonly numbers: Float64Array<ArrayBuffer>
  readonly refs: Uint32Array<ArrayBuffer>
  /** What occurs again and again: names of models, backends, keys, codes. */
  readonly words: readonly string[]
  /** What occurs once, one after the other: ids and sentences. Lengths stand among the references. */
  readonly text: string
}

/** Places among the references of a record. */
export const REF = {
  flags: 0,
  attempts: 1,
  idLength: 2,
  traceLength: 3,
  spanLength: 4,
  verdictLength: 5,
  method: 6,
  endpoint: 7,
  dialect: 8,
  operation: 9,
  modelAsked: 10,
  modelRouted: 11,
  fallbackFrom: 12,
  fallbackReason: 13,
  modelAnswered: 14,
  backend: 15,
  provider: 16,
  key: 17,
  tenant: 18,
  finishReason: 19,
  currency: 20,
  queuedBackend: 21,
  outcome: 22,
  code: 23,
  blame: 24,
  interruptedBy: 25,
  shed: 26,
  cause: 27,
  /** Bounds of the buckets of gaps, as JSON. */
  gapBounds: 28,
} as const

/** References of a record before those of its attempts. */
export const REFS = 29

/** What is true of a record, as bits of `REF.flags`. They stand in files too: a bit never changes its meaning. */
export const FLAG = {
  stream: 1,
  cold: 2,
  usageEstimated: 4,
  phasesEstimated: 8,
  hasTrace: 16,
  hasSpan: 32,
  hasVerdict: 64,
} as const

export const NUM = {
  startedAt: 0,
  duration: 1,
  requestBytes: 2,
  responseBytes: 3,
  promptBytes: 4,
  promptTokens: 5,
  outputTokens: 6,
  cachedTokens: 7,
  reasoningTokens: 8,
  costMicros: 9,
  queuePosition: 10,
  queueWait: 11,
  firstToken: 12,
  stalls: 13,
  status: 14,
  verdictShare: 15,
  offload: 16,
  loopStall: 17,
  /** The first of the phases, in the order of PHASES. */
  phases: 18,
} as const

/** Numbers of a record before those of its attempts. */
export const NUMS = 30

/** Of each attempt: backend, provider, result, code. */
export const ATTEMPT_REFS = 4
/** Of each attempt: started, connected, first byte, first token, ended, status. */
export const ATTEMPT_NUMS = 6
/** Of the gaps, before their counts: how many counts, count, sum, longest. */
export const GAP_NUMS = 4
