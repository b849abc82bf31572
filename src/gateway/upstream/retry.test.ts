import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_TABLE, WeirError, type ErrorCode } from '../../core/errors.ts'
import { mayRetry } from './retry.ts'

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[]

const RETRYABLE: readonly ErrorCode[] = [
  ...(['model_not_found', 'rate_limited', 'queue_full', 'backend_unreachable', 'backend_error'] as const),
  ...(['backend_protocol_error', 'first_token_timeout', 'idle_timeout'] as const),
]

test('another backend is tried for what another backend may do better, and for nothing else', () => {
  const failure = { wasSent: true, repeatSent: true, lostBeforeAnswer: false }
  for (const code of CODES) {
    assert.equal(mayRetry(new WeirError(code), failure), RETRYABLE.includes(code), code)
  }
})

test('what must not be repeated is not repeated on a lost connection either', () => {
  for (const code of ['client_closed', 'draining', 'deadline_exceeded'] as const) {
    const failure = { wasSent: false, repeatSent: true, lostBeforeAnswer: true }
    assert.equal(mayRetry(new WeirError(code), failure), false, code)
  }
})

test('where nothing is sent twice, only what was never sent or was declined is tried elsewhere', () => {
  const failure = { wasSent: true, repeatSent: false, lostBeforeAnswer: false }
  const declined = [new WeirError('model_not_found'), new WeirError('rate_limited')]
  declined.push(
    new WeirError('backend_error', { status: 503 }),
    new WeirError('backend_error', { status: 529 }),
    new WeirError('queue_full'),
  )
  for (const error of declined) assert.equal(mayRetry(error, failure), true, error.code)
  for (const code of [
    'backend_unreachable',
    'backend_error',
    'backend_protocol_error',
    'idle_timeout',
  ] as const) {
    assert.equal(mayRetry(new WeirError(code), failure), false, code)
    assert.equal(mayRetry(new WeirError(code), { ...failure, wasSent: false }), true, code)
  }
})
