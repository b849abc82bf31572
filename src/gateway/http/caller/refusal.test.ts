import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeirError } from '../../../core/errors.ts'
import { ConnectionFault, invalid, tooLarge } from '../../http1/fault.ts'
import { noTunnels, toReadError, toRefusal, tooSlow } from './refusal.ts'

test('a refusal is a whole answer with its length in bytes, and the last of its connection', () => {
  const text = toRefusal(new WeirError('invalid_request', { message: 'caf\u00e9' }))
  const [head = '', body = ''] = text.split('\r\n\r\n')
  assert.deepEqual(head.split('\r\n'), [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ])
  assert.equal((JSON.parse(body) as { error: { message: string } }).error.message, 'caf\u00e9')
})

test('a fault of the grammar is the caller’s, and says nothing of what was sent', () => {
  const error = toReadError(invalid('the secret'), false)
  assert.deepEqual([error.code, error.status], ['invalid_request', 400])
  assert.doesNotMatch(toRefusal(error), /secret/)
  assert.ok(error.cause instanceof ConnectionFault)
})

test('too much is too much of a head, or of a body', () => {
  assert.equal(toReadError(tooLarge('x'), false).status, 431)
  assert.equal(toReadError(tooLarge('x'), true).status, 413)
})

test('what is no fault of the grammar is ours', () => {
  const error = toReadError(new TypeError('of ours'), true)
  assert.deepEqual([error.code, error.status], ['internal', 500])
})

test('a caller that is too slow and one that wants a tunnel are told so', () => {
  assert.deepEqual([tooSlow().status, noTunnels().status], [408, 405])
})
