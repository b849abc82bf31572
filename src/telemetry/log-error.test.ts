import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeirError } from '../core/errors.ts'
import { toLogError } from './log-error.ts'

test('an error says what it is, where it happened and what caused it', () => {
  const cause = Object.assign(new TypeError('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })
  const logged = toLogError(new WeirError('internal', { cause }))
  assert.equal(logged.type, 'WeirError')
  assert.equal(logged.code, 'internal')
  assert.match(logged.stack ?? '', /^\s+at .*log-error\.test/)
  assert.match(logged.cause?.stack ?? '', /log-error\.test/)
  assert.equal(logged.cause?.type, 'TypeError')
  assert.equal(logged.cause?.code, 'ECONNREFUSED')
  assert.equal(logged.cause?.message, 'connect ECONNREFUSED 127.0.0.1:1')
})

test('what JSON.parse quotes of its input is not repeated, in the stack neither', () => {
  const thrown: unknown[] = []
  for (const text of ['CANARY prompt text', '{"a": CANARY}', '["CANARY', '{"CANARY": 1,}']) {
    try {
      JSON.parse(text)
    } catch (error) {
      thrown.push(error)
    }
  }
  assert.equal(thrown.length, 4)
  assert.ok(
    JSON.stringify(thrown.map((error) => (error as Error).stack)).includes('CANARY'),
    'V8 does quote it',
  )
  const logged = JSON.stringify(
    thrown.map((error) => toLogError(new WeirError('internal', { cause: error }))),
  )
  assert.ok(!logged.includes('CANARY'))
})

test('a thrown value that is no error is told by its type only', () => {
  for (const thrown of ['CANARY', { secret: 'CANARY' }, null, undefined, 42]) {
    const logged = toLogError(thrown)
    assert.ok(!JSON.stringify(logged).includes('CANARY'))
    assert.equal(logged.type, thrown === null ? 'null' : typeof thrown)
  }
})

test('a chain of causes ends, even when it is a ring', () => {
  const error = new Error('round')
  error.cause = error
  const text = JSON.stringify(toLogError(error))
  assert.equal(text.match(/round/g)?.length, 4)
})

test('a message is cut, and properties of an error are not copied', () => {
  const error = Object.assign(new Error('x'.repeat(10_000)), {
    input: 'CANARY',
    headers: { authorization: 'CANARY' },
  })
  const logged = toLogError(error)
  assert.equal(logged.message.length, 500)
  assert.ok(!JSON.stringify(logged).includes('CANARY'))
})
