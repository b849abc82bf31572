import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toReportedError } from './reported-error.ts'

const judge = (code?: string, type?: string): [string, number] => {
  const error = toReportedError({ code, type, message: 'of the backend' })
  return [error.code, error.status]
}

test('what a backend reports is judged by its code, and without one by its type', () => {
  assert.deepEqual(judge('context_length_exceeded', 'server_error'), ['invalid_request', 400])
  assert.deepEqual(judge('400', 'InternalServerError'), ['invalid_request', 400])
  assert.deepEqual(judge(undefined, 'overloaded_error'), ['backend_error', 503])
  assert.deepEqual(judge('429'), ['rate_limited', 429])
  assert.deepEqual(judge(undefined, 'rate_limit_error'), ['rate_limited', 429])
  assert.deepEqual(judge('null', 'invalid_request_error'), ['invalid_request', 400])
})

test('what is about our account with the backend is not held against the caller', () => {
  for (const code of ['invalid_api_key', 'insufficient_quota', 'model_not_found', '401', '402', '500']) {
    assert.equal(judge(code, 'invalid_request_error')[0] === 'backend_error', code.length > 3, code)
    assert.deepEqual(judge(code, 'server_error'), ['backend_error', 502], code)
  }
})

test('words that nobody knows, and those that every object has, are the failure of the backend', () => {
  for (const word of [undefined, '', 'EngineDeadError', 'constructor', '__proto__']) {
    assert.deepEqual(judge(word, word), ['backend_error', 502])
  }
})

test('the backend is quoted where the caller has made a mistake, and nowhere else', () => {
  const messageOf = (type: string): string =>
    toReportedError({ type, code: undefined, message: 'quoted' }).message
  assert.equal(messageOf('invalid_request_error'), 'quoted')
  for (const type of ['overloaded_error', 'rate_limit_error', 'api_error', 'server_error']) {
    assert.doesNotMatch(messageOf(type), /quoted/)
  }
  const unsaid = toReportedError({ type: 'invalid_request_error', code: undefined, message: undefined })
  assert.equal(unsaid.message, 'The request is not valid.')
})

test('what may pass by itself says when to come back', () => {
  const waits = ['rate_limit_error', 'overloaded_error', 'api_error'].map(
    (type) => toReportedError({ type, code: undefined, message: undefined }).retryAfterSeconds,
  )
  assert.deepEqual(waits, [2, 2, undefined])
})
