// Whether more retries were under way at once than the retry budget allows, worked out from the records alone.
import type { RequestRecord } from '../../../src/core/record.ts'
import { SETTINGS } from './config.ts'

interface Sealed {
  readonly record: RequestRecord
  readonly sealedMs: number
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

interface Retry extends Span {
  readonly id: string
  readonly decidedMs: number
}

/** Between the end of a request and the moment in which it is told; what may be due to that is held in favour. */
const ROUNDING_MS = 2

/** Retries that were begun while as many as allowed were certainly under way. */
export function findOverdrawnRetries(told: readonly Sealed[]): string[] {
  const requests = told.map(({ record: { durationMs }, sealedMs }) => ({
    fromMs: sealedMs - durationMs - ROUNDING_MS,
    toMs: sealedMs + ROUNDING_MS,
  }))
  const retries = told.flatMap(toRetries)
  return retries.flatMap(({ id, decidedMs }) => {
    // Its own certain time begins later.
    const atOnce = 1 + countAt(retries, decidedMs)
    const inflight = countAt(requests, decidedMs)
    const most = Math.max(SETTINGS.retryMinimum, Math.floor(SETTINGS.retryBudget * inflight))
    return atOnce <= most ? [] : [`${id}: ${atOnce} retries under way of ${inflight} requests`]
  })
}

const countAt = (spans: readonly Span[], atMs: number): number =>
  spans.reduce((count, { fromMs, toMs }) => count + (fromMs <= atMs && atMs < toMs ? 1 : 0), 0)

/**
 * A place is taken when an attempt has failed, before the pause, and given back with the first event of the next one. After an
 * attempt that was never sent none is needed: nobody has worked for it yet.
 */
function toRetries({ record, sealedMs }: Sealed): Retry[] {
  const { id, durationMs, attempts, firstTokenMs } = record
  const startedMs = sealedMs - durationMs
  return attempts.flatMap((attempt, index) => {
    const before = attempts[index - 1]
    if (before?.connectedMs === undefined) return []
    const over = Math.min(attempt.firstByteMs ?? attempt.endedMs, firstTokenMs ?? Infinity)
    const decidedMs = startedMs + before.endedMs
    return [{ id, decidedMs, fromMs: decidedMs + ROUNDING_MS, toMs: startedMs + over - ROUNDING_MS }]
  })
}
