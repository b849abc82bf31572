// Whether more retries were under way at once than the retry budget allows, worked out from the records alone.
import type { RequestRecord } from '../../../src/core/record.ts'
import { SETTINGS } from './config.ts'

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

interface Retry extends Span {
  readonly id: string
  readonly decidedAtMs: number
}

/** Records begin in whole milliseconds; what may be due to that is held in favour. */
const ROUNDING_MS = 2

/** Retries that were begun while as many as allowed were certainly under way. */
export function findOverdrawnRetries(records: readonly RequestRecord[]): string[] {
  const requests = records.map(({ startedAtMs, durationMs }) => ({
    fromMs: startedAtMs - ROUNDING_MS,
    toMs: startedAtMs + durationMs + ROUNDING_MS,
  }))
  const retries = records.flatMap(toRetries)
  return retries.flatMap(({ id, decidedAtMs }) => {
    // Its own certain time begins later.
    const atOnce = 1 + countAt(retries, decidedAtMs)
    const inflight = countAt(requests, decidedAtMs)
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
function toRetries({ id, startedAtMs, attempts, firstTokenMs }: RequestRecord): Retry[] {
  return attempts.flatMap((attempt, index) => {
    const before = attempts[index - 1]
    if (before?.connectedMs === undefined) return []
    const over = Math.min(attempt.firstByteMs ?? attempt.endedMs, firstTokenMs ?? Infinity)
    const decidedAtMs = startedAtMs + before.endedMs
    return [{ id, decidedAtMs, fromMs: decidedAtMs + ROUNDING_MS, toMs: startedAtMs + over - ROUNDING_MS }]
  })
}
