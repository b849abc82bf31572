import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_TABLE, WeirError, type ErrorCode } from '../../core/errors.ts'
import { decideRetry, type RetryDecision, type RetryQuestion } from './retry.ts'

function decide(code: ErrorCode, question: Partial<RetryQuestion> = {}): RetryDecision {
  return decideRetry({
    error: new WeirError(code),
    lostBeforeAnswer: false,
    attemptsMade: 1,
    maxAttempts: 3,
    candidateCount: 2,
    ...question,
  })
}

const RETRYABLE: readonly ErrorCode[] = [
  ...(['model_not_found', 'rate_limited', 'queue_full', 'backend_unreachable', 'backend_error'] as const),
  ...(['backend_protocol_error', 'first_token_timeout', 'idle_timeout'] as const),
]

test('another backend is tried for what another backend may do better, and for nothing else', () => {
  for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
    assert.equal(decide(code), RETRYABLE.includes(code) ? 'next-backend' : 'give-up', code)
  }
})

const LOST = { lostBeforeAnswer: true }

test('candidates are tried in order, each once, as often as is allowed', () => {
  const table: readonly (readonly [Partial<RetryQuestion>, RetryDecision])[] = [
    [{ attemptsMade: 1, candidateCount: 1 }, 'give-up'],
    [{ attemptsMade: 1, candidateCount: 2 }, 'next-backend'],
    [{ attemptsMade: 2, candidateCount: 2 }, 'give-up'],
    [{ attemptsMade: 2, candidateCount: 9 }, 'next-backend'],
    [{ attemptsMade: 3, candidateCount: 9 }, 'give-up'],
    [{ attemptsMade: 1, candidateCount: 9, maxAttempts: 1 }, 'give-up'],
    // A connection that broke before any answer: once more at the last backend, when no other is left.
    [{ attemptsMade: 1, candidateCount: 1, ...LOST }, 'same-backend'],
    [{ attemptsMade: 2, candidateCount: 1, ...LOST }, 'give-up'],
    [{ attemptsMade: 1, candidateCount: 2, ...LOST }, 'next-backend'],
    [{ attemptsMade: 2, candidateCount: 2, ...LOST }, 'same-backend'],
    [{ attemptsMade: 1, candidateCount: 1, maxAttempts: 1, ...LOST }, 'give-up'],
    [{ attemptsMade: 3, candidateCount: 3, ...LOST }, 'give-up'],
  ]
  for (const [question, decision] of table) {
    assert.equal(decide('backend_unreachable', question), decision, JSON.stringify(question))
  }
})

test('what must not be repeated is not repeated on a lost connection either', () => {
  assert.equal(decide('client_closed', { candidateCount: 1, ...LOST }), 'give-up')
  assert.equal(decide('draining', { candidateCount: 1, ...LOST }), 'give-up')
})
