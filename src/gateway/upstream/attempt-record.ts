// One attempt as the record shows it. Pure.
import { errorEntry, type ErrorCode, type WeirError } from '../../core/errors.ts'
import type { Attempt } from '../../core/record.ts'

/** An attempt that is over; times on the monotonic clock. */
export interface FinishedAttempt {
  readonly backend: { readonly name: string; readonly kind: string }
  readonly startedMs: number
  readonly connectedMs: number | undefined
  readonly firstByteMs: number | undefined
  readonly firstTokenMs: number | undefined
  readonly endedMs: number
  readonly status: number | undefined
  readonly error: WeirError | undefined
}

/** `zeroMs`: when the request began. */
export function toAttemptRecord(attempt: FinishedAttempt, zeroMs: number): Attempt {
  const since = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms - zeroMs)
  const code = attempt.error?.code
  return {
    backend: attempt.backend.name,
    provider: attempt.backend.kind,
    startedMs: attempt.startedMs - zeroMs,
    connectedMs: since(attempt.connectedMs),
    firstByteMs: since(attempt.firstByteMs),
    firstTokenMs: since(attempt.firstTokenMs),
    endedMs: attempt.endedMs - zeroMs,
    result: resultOf(code),
    code,
    status: attempt.status,
  }
}

/** Ends that say nothing about the backend. */
const ABANDONED = new Set<ErrorCode>(['client_closed', 'draining'])

/** A backend that refuses what is the caller's own mistake has done its work. */
function resultOf(code: ErrorCode | undefined): Attempt['result'] {
  if (code === undefined) return 'success'
  if (ABANDONED.has(code)) return 'abandoned'
  return errorEntry(code).blame === 'caller' ? 'success' : 'error'
}
