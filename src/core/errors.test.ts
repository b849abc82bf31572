import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_TABLE, errorEntry, toWeirError, WeirError, type ErrorCode } from './errors.ts'

// Written out a second time on purpose: clients and dashboards depend on these, so a change must be made twice.
const PROMISED: Readonly<Record<ErrorCode, string>> = {
  invalid_request: '400 caller',
  unauthorized: '401 caller',
  forbidden: '403 caller',
  model_not_found: '404 caller',
  request_too_large: '413 caller',
  header_too_large: '431 caller',
  rate_limited: '429 policy',
  budget_exhausted: '429 policy',
  content_policy_violation: '400 policy',
  queue_full: '503 gateway',
  queue_timeout: '503 gateway',
  no_backend: '503 backend',
  backend_unreachable: '502 backend',
  backend_error: '502 backend',
  backend_protocol_error: '502 backend',
  first_token_timeout: '504 backend',
  idle_timeout: '504 backend',
  deadline_exceeded: '504 backend',
  stream_interrupted: '502 backend',
  guard_unavailable: '503 gateway',
  draining: '503 gateway',
  client_closed: '499 caller',
  internal: '500 gateway',
}

const codes = Object.keys(ERROR_TABLE) as ErrorCode[]

test('every code has the status and the blame that clients were promised', () => {
  const table = Object.fromEntries(
    codes.map((code) => [code, `${errorEntry(code).status} ${errorEntry(code).blame}`]),
  )
  assert.deepEqual(table, PROMISED)
})

test('every message is a sentence that names no host, no address and no code', () => {
  for (const code of codes) {
    const { message } = errorEntry(code)
    assert.match(message, /^[A-Z].*\.$/, code)
    assert.doesNotMatch(message, /https?:|\d+\.\d+\.\d+\.\d+|localhost|\{|\$|_/, code)
  }
})

test('what the caller did wrong is not tried again elsewhere, but for a model that another backend may know', () => {
  const tried = codes.filter((code) => errorEntry(code).blame === 'caller' && errorEntry(code).retryable)
  assert.deepEqual(tried, ['model_not_found'])
})

test('an error takes status and message from the table, unless it is told better', () => {
  const plain = new WeirError('queue_full')
  assert.deepEqual([plain.status, plain.message], [503, ERROR_TABLE.queue_full.message])
  assert.deepEqual([plain.param, plain.retryAfterSeconds, plain.cause], [undefined, undefined, undefined])
  const told = new WeirError('invalid_request', {
    message: 'No.',
    param: 'model',
    status: 422,
    retryAfterSeconds: 3,
  })
  assert.deepEqual([told.status, told.message, told.param, told.retryAfterSeconds], [422, 'No.', 'model', 3])
})

test('the cause stays out of the message', () => {
  const cause = new TypeError('connect ECONNREFUSED 10.0.0.7:11434')
  const error = new WeirError('backend_unreachable', { cause })
  assert.equal(error.cause, cause)
  assert.ok(!error.message.includes('10.0.0.7'))
})

test('whatever else is thrown becomes internal, and keeps its cause for the log', () => {
  const ours = new WeirError('draining')
  assert.equal(toWeirError(ours), ours)
  for (const thrown of [new TypeError('x is undefined'), 'text', undefined, null]) {
    const error = toWeirError(thrown)
    assert.equal(error.code, 'internal')
    assert.equal(error.message, ERROR_TABLE.internal.message)
    assert.equal(error.cause, thrown)
  }
})
