// From a record to its spans: one for the request, one for each attempt. Pure; how they are sent is not its business.
// Attributes carry the names of OpenTelemetry's conventions for HTTP and for generative AI where those have one.
import type { Attempt, RequestRecord } from '../../core/record.ts'
import { toAttemptSpanId, toRequestSpanId } from '../../core/trace-context.ts'
import { PHASES } from '../../core/record.ts'

export type AttributeValue = string | number | boolean | readonly string[]

export type Attributes = Readonly<Record<string, AttributeValue>>

export interface SpanEvent {
  readonly name: string
  /** Wall clock, milliseconds since the epoch, with fractions. */
  readonly atMs: number
}

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** The parent is in another process. */
  readonly isParentRemote: boolean
  readonly name: string
  readonly kind: 'server' | 'client'
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  /** Undefined for what went well, or went wrong by the caller's own doing. */
  readonly error: string | undefined
}

/** None for a request that is not traced. */
export function toSpans(record: RequestRecord): readonly Span[] {
  const { traceId, parentSpanId, isTraced, attempts } = record
  if (isTraced !== true || traceId === undefined) return []
  const spanId = toRequestSpanId({ traceId, parentSpanId }, record)
  return [
    toRequestSpan(record, { traceId, spanId }),
    ...attempts.map((attempt, place) => toAttemptSpan(record, { attempt, place, traceId, parent: spanId })),
  ]
}

function toRequestSpan(
  record: RequestRecord,
  { traceId, spanId }: { readonly traceId: string; readonly spanId: string },
): Span {
  const { startedAtMs, durationMs, firstTokenMs, outcome, code, parentSpanId } = record
  const isOurs = outcome === 'backend_error' || outcome === 'gateway_error'
  return {
    ...{ traceId, spanId, parentSpanId, isParentRemote: true },
    name: toName(record),
    kind: 'server',
    startMs: startedAtMs,
    endMs: startedAtMs + durationMs,
    attributes: withoutUndefined({
      ...toHttp(record),
      ...toModel(record),
      ...toUsage(record),
      ...toOwn(record),
      ...toPhases(record),
    }),
    events: toEvents(startedAtMs, { 'first token': firstTokenMs }),
    error: isOurs ? (code ?? outcome) : undefined,
  }
}

interface AttemptPlace {
  readonly attempt: Attempt
  readonly place: number
  readonly traceId: string
  readonly parent: string
}

function toAttemptSpan(record: RequestRecord, { attempt, place, traceId, parent }: AttemptPlace): Span {
  const { startedAtMs } = record
  const { startedMs, endedMs, connectedMs, firstByteMs, firstTokenMs, result, code, status } = attempt
  return {
    ...{ traceId, spanId: toAttemptSpanId(parent, place), parentSpanId: parent, isParentRemote: false },
    name: toName(record),
    kind: 'client',
    startMs: startedAtMs + startedMs,
    endMs: startedAtMs + endedMs,
    attributes: withoutUndefined({
      'gen_ai.operation.name': record.operation,
      'gen_ai.provider.name': attempt.provider,
      'gen_ai.request.model': record.modelRouted,
      'http.request.method': 'POST',
      'http.response.status_code': status,
      'error.type': code,
      'weir.backend': attempt.backend,
      'weir.attempt': place + 1,
    }),
    events: toEvents(startedAtMs, {
      connected: connectedMs,
      'first byte': firstByteMs,
      'first token': firstTokenMs,
    }),
    error: result === 'error' ? (code ?? result) : undefined,
  }
}

/** `chat qwen3:32b`; `GET /v1/models` for what asks no model. Of configured names and routes only: a caller's text is an attribute. */
function toName({ operation, modelRouted, method, endpoint }: RequestRecord): string {
  if (operation === 'models' || operation === 'other') return `${method} ${endpoint}`
  return modelRouted === undefined ? operation : `${operation} ${modelRouted}`
}

type Maybe = Readonly<Record<string, AttributeValue | undefined>>

function toHttp({ method, endpoint, status, requestBytes, responseBytes, code }: RequestRecord): Maybe {
  return {
    'http.request.method': method,
    'http.route': endpoint,
    'http.response.status_code': status,
    'http.request.body.size': requestBytes,
    'http.response.body.size': responseBytes,
    'error.type': code,
  }
}

/** Free text of a caller may be of any length. */
const MOST_MODEL_CHARACTERS = 200

function toModel(record: RequestRecord): Maybe {
  const { modelAsked, modelAnswered, provider, operation, stream, finishReason } = record
  const asksModel = operation !== 'models' && operation !== 'other'
  return {
    'gen_ai.operation.name': asksModel ? operation : undefined,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': modelAsked?.slice(0, MOST_MODEL_CHARACTERS),
    'gen_ai.request.stream': asksModel ? stream : undefined,
    'gen_ai.response.model': modelAnswered,
    'gen_ai.response.finish_reasons': finishReason === undefined ? undefined : [finishReason],
  }
}

const MS_PER_SECOND = 1_000

/** What the backend did not count is not guessed. */
function toUsage({ usage, firstTokenMs }: RequestRecord): Maybe {
  return {
    'gen_ai.usage.input_tokens': usage.promptTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
    'gen_ai.response.time_to_first_chunk':
      firstTokenMs === undefined ? undefined : firstTokenMs / MS_PER_SECOND,
  }
}

function toOwn(record: RequestRecord): Maybe {
  const { id, dialect, outcome, backend, modelRouted, key, tenant, cold, fallbackFrom, queued } = record
  return {
    'weir.request_id': id,
    'weir.dialect': dialect,
    'weir.outcome': outcome,
    'weir.backend': backend,
    'weir.model': modelRouted,
    'weir.key': key,
    'weir.tenant': tenant,
    'weir.cold': cold ? true : undefined,
    'weir.fallback_from': fallbackFrom,
    'weir.queue.position': queued?.position,
    'weir.queue.backend': queued?.backend,
  }
}

/** Seconds; those that took no time are left out. */
function toPhases({ phases }: RequestRecord): Maybe {
  return Object.fromEntries(
    PHASES.flatMap((phase) => {
      const ms = phases[phase]
      return ms > 0 ? [[`weir.phase.${phase.replace('-', '_')}`, ms / MS_PER_SECOND] as const] : []
    }),
  )
}

function toEvents(
  startedAtMs: number,
  moments: Readonly<Record<string, number | undefined>>,
): readonly SpanEvent[] {
  return Object.entries(moments).flatMap(([name, ms]) =>
    ms === undefined ? [] : [{ name, atMs: startedAtMs + ms }],
  )
}

function withoutUndefined(values: Maybe): Attributes {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined),
  )
}
