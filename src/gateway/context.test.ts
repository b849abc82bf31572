import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFailure } from './context.ts'

test('a failure of a backend is said in the words of its first cause, without a place in this program', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' })
  assert.equal(toFailure(new Error('attempt failed', { cause: refused })), 'connect ECONNREFUSED 127.0.0.1:9')
  assert.equal(toFailure(Object.assign(new Error(''), { code: 'EPIPE' })), 'EPIPE')
  assert.equal(toFailure('the answer ended early'), 'the answer ended early')
  assert.equal(toFailure(undefined), undefined)
  assert.equal(toFailure({ secret: 'x' }), undefined)
})

test('nothing of an answer that could not be parsed is said', () => {
  let thrown: unknown
  try {
    JSON.parse('my secret prompt')
  } catch (error) {
    thrown = error
  }
  assert.equal(toFailure(thrown), 'what it answered could not be parsed')
})
