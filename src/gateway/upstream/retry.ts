// Whether a failed attempt may be followed by another at all. Pure.
import { errorEntry, type WeirError } from '../../core/errors.ts'
import { isBusyStatus } from './busy-status.ts'

/** How an attempt failed. */
export interface Failure {
  /** The request had left for the backend, whole or in part. */
  readonly wasSent: boolean
  /** Whether what was sent may be sent again, to another backend or the same. */
  readonly repeatSent: boolean
  /** The connection broke before the backend had answered anything, most often a kept-alive one that had just been closed. */
  readonly lostBeforeAnswer: boolean
}

export function mayRetry(error: WeirError, { wasSent, repeatSent }: Failure): boolean {
  if (!errorEntry(error.code).retryable) return false
  return repeatSent || !wasSent || wasDeclined(error)
}

/** The backend said that it would not do it: no work is done twice when another one does. */
function wasDeclined({ code, status }: WeirError): boolean {
  return code === 'model_not_found' || code === 'rate_limited' || isBusyStatus(status)
}
