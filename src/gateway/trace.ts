// Which trace a request belongs to: the caller's, one that begins here, or none. Where traces are sent nowhere, nothing begins.
import {
  isInShare,
  parseTraceparent,
  printTraceparent,
  toAttemptSpanId,
  toRequestSpanId,
  toTraceId,
  type Trace,
} from '../core/trace-context.ts'
import type { Exchange } from './exchange.ts'

const NO_TRACE: Trace = Object.freeze({ traceId: undefined, parentSpanId: undefined, isRecorded: false })

/** The same each time it is asked. */
export function traceOf(exchange: Exchange): Trace {
  return (exchange.trace ??= begin(exchange))
}

function begin(exchange: Exchange): Trace {
  const { traces: shareRatio } = exchange.runtime.settings
  const header = exchange.request.headers['traceparent']
  const parent = typeof header === 'string' ? parseTraceparent(header) : undefined
  if (parent !== undefined) {
    const { traceId, spanId, isSampled } = parent
    return { traceId, parentSpanId: spanId, isRecorded: isSampled && shareRatio > 0 }
  }
  if (shareRatio === 0) return NO_TRACE
  const traceId = toTraceId(exchange, exchange.startedMs)
  return isInShare(traceId, shareRatio) ? { traceId, parentSpanId: undefined, isRecorded: true } : NO_TRACE
}

/** The header for the attempt that is about to start; undefined where the caller's own may pass as it came. */
export function toTraceparent(exchange: Exchange): string | undefined {
  const { traceId, parentSpanId, isRecorded } = traceOf(exchange)
  if (!isRecorded || traceId === undefined) return undefined
  const requestSpanId = toRequestSpanId({ traceId, parentSpanId }, exchange)
  const spanId = toAttemptSpanId(requestSpanId, exchange.attempts.length)
  return printTraceparent(traceId, spanId)
}
