import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestRecord } from '../../../core/record.ts'
import { PaceBook } from './pace-book.ts'

function record(tokens: number, decodeMs: number, given: Partial<RequestRecord> = {}): RequestRecord {
  const told = {
    modelRouted: 'm',
    outcome: 'ok',
    usage: { promptTokens: 1, outputTokens: tokens, cachedTokens: undefined, reasoningTokens: undefined },
    phases: { decode: decodeMs },
    ...given,
  }
  return told as RequestRecord
}

test('it tells when a model becomes far slower than it was, and when it no longer is', () => {
  const book = new PaceBook()
  for (let count = 0; count < 10; count += 1) assert.equal(book.note(record(100, 2_000), 1), undefined)
  assert.equal(book.note(record(100, 20_000), 1), undefined)
  assert.equal(book.note(record(100, 20_000), 1), undefined)
  assert.deepEqual(book.note(record(100, 20_000), 1), {
    model: 'm',
    isSlow: true,
    tokensPerSecond: 5,
    usual: 50,
  })
  assert.deepEqual(book.slow(), ['m'])
  assert.equal(book.note(record(100, 2_000), 1)?.isSlow, false)
  assert.deepEqual(book.slow(), [])
})

test('short answers, failures and answers without a count teach nothing', () => {
  const book = new PaceBook()
  for (let count = 0; count < 10; count += 1) book.note(record(100, 2_000), 1)
  const { usage } = record(0, 0)
  const useless = [
    record(15, 100_000),
    record(100, 100),
    record(100, 100_000, { outcome: 'abandoned' }),
    record(100, 100_000, { usage: { ...usage, outputTokens: undefined } }),
    record(100, 100_000, { modelRouted: undefined }),
  ]
  for (const each of useless) for (let count = 0; count < 5; count += 1) book.note(each, 1)
  assert.deepEqual(book.slow(), [])
})

test('models are told apart, and no number of them fills memory', () => {
  const book = new PaceBook()
  for (let count = 0; count < 10; count += 1) book.note(record(100, 2_000), 1)
  for (let count = 0; count < 5; count += 1) book.note(record(100, 20_000, { modelRouted: 'large' }), 1)
  assert.deepEqual(book.slow(), [])
  for (let count = 0; count < 3; count += 1) book.note(record(100, 20_000), 1)
  assert.deepEqual(book.slow(), ['m'])
  for (let count = 0; count < 300; count += 1) book.note(record(100, 2_000, { modelRouted: `m${count}` }), 1)
  assert.deepEqual(book.slow(), [], 'it began anew')
})
