// W3C Trace Context: what a caller says of its trace, and the ids of our own part of it. Ids of spans are derived from the
// request they belong to: who forwards it and who tells of it later come to the same ids and need not tell each other.
import { hash } from 'node:crypto'

export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits: the caller's span. */
  readonly spanId: string
  /** Whether the caller records its part. */
  readonly isSampled: boolean
}

/** Which trace a request belongs to. */
export interface Trace {
  readonly traceId: string | undefined
  /** The caller's span. */
  readonly parentSpanId: string | undefined
  /** Whether spans of this request will be sent, and backends are told so. */
  readonly isRecorded: boolean
}

/** Trace Context 3.2: version, trace id, parent id, flags. Version `ff` and ids of zeros are not valid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

/** The lowest bit of the flags (3.2.2.3.1). */
const SAMPLED = 1
const SAMPLED_FLAGS = '01'

/** Undefined for what is no such header: a trace that cannot be read is one that was not begun. */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED }
}

/** Of a trace that is recorded. */
export function printTraceparent(traceId: string, spanId: string): string {
  return `00-${traceId}-${spanId}-${SAMPLED_FLAGS}`
}

const TRACE_DIGITS = 32
const SPAN_DIGITS = 16

/** What one request is known by: callers may use an id again, but not at the same moment. */
export interface TracedRequest {
  readonly id: string
  /** Wall clock, milliseconds since the epoch. */
  readonly startedAtMs: number
}

/** For a request whose caller sent no trace. `salt` tells this process and this request from others that have the same name. */
export function toTraceId({ id, startedAtMs }: TracedRequest, salt: number): string {
  return digest(`trace ${id} ${startedAtMs} ${salt}`, TRACE_DIGITS)
}

/**
 * The span of the whole request. A gateway behind another one gets the same trace and the same id, often in the same
 * millisecond: only the span that it continues tells the two apart.
 */
export function toRequestSpanId(
  { traceId, parentSpanId = '' }: { readonly traceId: string; readonly parentSpanId: string | undefined },
  { id, startedAtMs }: TracedRequest,
): string {
  return digest(`request ${traceId} ${parentSpanId} ${id} ${startedAtMs}`, SPAN_DIGITS)
}

/** The span of one attempt, counted from 0; what a backend sees as its parent. */
export function toAttemptSpanId(requestSpanId: string, place: number): string {
  return digest(`attempt ${requestSpanId} ${place}`, SPAN_DIGITS)
}

const RATIO_DIGITS = 8
const RATIO_RANGE = 16 ** RATIO_DIGITS

/** Decides by the id alone, as OpenTelemetry does, so that every process decides the same. `shareRatio` is 0 to 1. */
export function isInShare(traceId: string, shareRatio: number): boolean {
  return Number.parseInt(traceId.slice(-RATIO_DIGITS), 16) < shareRatio * RATIO_RANGE
}

function digest(text: string, digits: number): string {
  return hash('sha256', text, 'hex').slice(0, digits)
}
