// Which column of the file holds which field of a record, once for writing and once for reading.
import { NUM, REF } from '../codec/layout.ts'
import { PHASE_COLUMNS } from './schema.ts'

export interface WordColumn {
  readonly column: string
  readonly ref: number
  /** Free text of callers and backends, not a name of our own. */
  readonly isFree?: boolean
}

export interface NumberColumn {
  readonly column: string
  readonly number: number
}

/** In `records`: what is searched by. */
export const SEARCHED_WORDS: readonly WordColumn[] = [
  { column: 'outcome', ref: REF.outcome },
  { column: 'cause', ref: REF.cause },
  { column: 'endpoint', ref: REF.endpoint },
  { column: 'model_routed', ref: REF.modelRouted },
  { column: 'model_asked', ref: REF.modelAsked, isFree: true },
  { column: 'backend', ref: REF.backend },
  { column: 'key', ref: REF.key },
  { column: 'tenant', ref: REF.tenant },
]

export const SEARCHED_NUMBERS: readonly NumberColumn[] = [
  { column: 'duration_ms', number: NUM.duration },
  { column: 'first_token_ms', number: NUM.firstToken },
  { column: 'output_tokens', number: NUM.outputTokens },
  { column: 'status', number: NUM.status },
]

/** In `details`, each written in its own way, in this order. */
export const OWN_COLUMNS: readonly string[] = [
  ...['seq', 'start_ms', 'id', 'trace_id', 'parent_span_id', 'flags', 'verdict_text', 'attempts', 'gaps'],
]

/** In `details`. */
export const OTHER_WORDS: readonly WordColumn[] = [
  { column: 'method', ref: REF.method },
  { column: 'dialect', ref: REF.dialect },
  { column: 'operation', ref: REF.operation },
  { column: 'fallback_from', ref: REF.fallbackFrom },
  { column: 'fallback_reason', ref: REF.fallbackReason },
  { column: 'model_answered', ref: REF.modelAnswered, isFree: true },
  { column: 'provider', ref: REF.provider },
  { column: 'finish_reason', ref: REF.finishReason, isFree: true },
  { column: 'cost_currency', ref: REF.currency },
  { column: 'queued_backend', ref: REF.queuedBackend },
  { column: 'code', ref: REF.code },
  { column: 'blame', ref: REF.blame },
  { column: 'interrupted_by', ref: REF.interruptedBy },
  { column: 'shed', ref: REF.shed },
  { column: 'gap_bounds', ref: REF.gapBounds },
]

export const OTHER_NUMBERS: readonly NumberColumn[] = [
  { column: 'request_bytes', number: NUM.requestBytes },
  { column: 'response_bytes', number: NUM.responseBytes },
  { column: 'prompt_bytes', number: NUM.promptBytes },
  { column: 'prompt_tokens', number: NUM.promptTokens },
  { column: 'cached_tokens', number: NUM.cachedTokens },
  { column: 'reasoning_tokens', number: NUM.reasoningTokens },
  { column: 'cost_micros', number: NUM.costMicros },
  { column: 'queue_position', number: NUM.queuePosition },
  { column: 'queue_wait_ms', number: NUM.queueWait },
  { column: 'stalls', number: NUM.stalls },
  { column: 'verdict_share', number: NUM.verdictShare },
  { column: 'offload_ratio', number: NUM.offload },
  { column: 'loop_stall_ms', number: NUM.loopStall },
  ...PHASE_COLUMNS.map((column, phase) => ({ column, number: NUM.phases + phase })),
]
