import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeirError, type ErrorCode } from '../../core/errors.ts'
import { chooseError } from './choose-error.ts'

const chosen = (...codes: readonly ErrorCode[]): string | undefined =>
  chooseError(codes.map((code) => new WeirError(code)))?.code

test('the last failure is told, and before those that only lack the model or are at their limit', () => {
  assert.equal(chosen(), undefined)
  assert.equal(chosen('backend_error', 'backend_unreachable'), 'backend_unreachable')
  assert.equal(chosen('backend_error', 'model_not_found'), 'backend_error')
  assert.equal(chosen('backend_error', 'rate_limited', 'model_not_found'), 'backend_error')
  assert.equal(chosen('rate_limited', 'model_not_found'), 'rate_limited')
  assert.equal(chosen('model_not_found', 'model_not_found'), 'model_not_found')
  assert.equal(chosen('queue_full', 'model_not_found'), 'queue_full')
})

test('of several waits the shortest is told, and only where there is one to tell', () => {
  const limited = (seconds: number): WeirError =>
    new WeirError('rate_limited', { retryAfterSeconds: seconds })
  assert.equal(chooseError([limited(7), limited(30)])?.retryAfterSeconds, 7)
  assert.equal(chooseError([limited(30), limited(7)])?.retryAfterSeconds, 7)
  const busy = new WeirError('backend_error', {
    status: 503,
    message: 'busy',
    retryAfterSeconds: 20,
    cause: 'x',
  })
  const told = chooseError([limited(7), busy])
  assert.deepEqual(
    [told?.code, told?.status, told?.message, told?.cause, told?.retryAfterSeconds],
    ['backend_error', 503, 'busy', 'x', 7],
  )
  assert.equal(chooseError([limited(7), new WeirError('backend_error')])?.retryAfterSeconds, undefined)
})
