import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_TABLE, WeirError, type ErrorCode } from '../../../core/errors.ts'
import { toTransportError } from '../../upstream/classify.ts'
import { judge, type Verdict } from './verdict.ts'

const OF_CODES: Readonly<Partial<Record<ErrorCode, Verdict>>> = {
  invalid_request: 'success',
  request_too_large: 'success',
  model_not_found: 'success',
  rate_limited: 'cool',
  backend_unreachable: 'failure',
  backend_protocol_error: 'failure',
  backend_error: 'failure',
  first_token_timeout: 'silent',
  idle_timeout: 'failure',
  stream_interrupted: 'failure',
  client_closed: 'nothing',
  draining: 'nothing',
  deadline_exceeded: 'nothing',
  internal: 'nothing',
  queue_full: 'nothing',
  no_backend: 'nothing',
}

test('an answer that came whole is a success', () => {
  assert.equal(judge({ error: undefined, status: 200 }), 'success')
})

for (const [code, verdict] of Object.entries(OF_CODES) as [ErrorCode, Verdict][]) {
  test(`an attempt that ends with ${code} is ${verdict}`, () => {
    assert.equal(judge({ error: new WeirError(code), status: undefined }), verdict)
  })
}

test('no error of the caller and none of the gateway is held against a backend', () => {
  for (const [code, { blame }] of Object.entries(ERROR_TABLE) as [ErrorCode, { blame: string }][]) {
    if (blame === 'backend') continue
    assert.notEqual(judge({ error: new WeirError(code), status: undefined }), 'failure', code)
  }
})

test('a status says more than the code: 5xx fails, 503 is busy, 4xx is a matter of configuration', () => {
  const of = (status: number): Verdict => judge({ error: new WeirError('backend_error'), status })
  assert.deepEqual([500, 502, 504, 507].map(of), ['failure', 'failure', 'failure', 'failure'])
  assert.deepEqual([503, 529].map(of), ['busy', 'busy'])
  assert.deepEqual([401, 402, 403, 405, 407, 408, 499].map(of), Array<Verdict>(7).fill('nothing'))
  assert.equal(of(200), 'failure', 'an error inside a 200')
})

test('an error inside a 200 that says busy is busy', () => {
  const error = new WeirError('backend_error', { status: 503 })
  assert.equal(judge({ error, status: 200 }), 'busy')
})

test('a machine that has no sockets left holds that against nobody', () => {
  const cause = Object.assign(new Error('connect failed'), { code: 'EMFILE' })
  const error = toTransportError(cause, { isOpen: false, hasBegun: false })
  assert.equal(judge({ error, status: undefined }), 'nothing')
  const refused = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' })
  const ended = { error: toTransportError(refused, { isOpen: false, hasBegun: false }), status: undefined }
  assert.equal(judge(ended), 'failure')
})
