// Whether a failed attempt may be followed by another, and at which backend. Pure.
import { errorEntry, type WeirError } from '../../core/errors.ts'

export interface RetryQuestion {
  readonly error: WeirError
  /** The connection broke before the backend had answered anything, most often a kept-alive one that had just been closed. */
  readonly lostBeforeAnswer: boolean
  readonly attemptsMade: number
  readonly maxAttempts: number
  readonly candidateCount: number
}

export type RetryDecision = 'give-up' | 'next-backend' | 'same-backend'

/**
 * Candidates are tried in order, each once. A lost connection says nothing about the backend itself, so when no other
 * is left the last one is tried again, once, on a fresh connection.
 */
export function decideRetry(question: RetryQuestion): RetryDecision {
  const { error, attemptsMade, candidateCount } = question
  if (attemptsMade >= question.maxAttempts) return 'give-up'
  if (!errorEntry(error.code).retryable) return 'give-up'
  if (attemptsMade < candidateCount) return 'next-backend'
  return question.lostBeforeAnswer && attemptsMade === candidateCount ? 'same-backend' : 'give-up'
}
