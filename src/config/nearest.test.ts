import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findNearest } from './nearest.ts'

const KNOWN = ['listen', 'metrics', 'backends', 'models', 'keys', 'retry', 'log']

test('a typing error leads to the word that was meant', () => {
  for (const [word, meant] of [
    ['lisen', 'listen'],
    ['lsiten', 'listen'],
    ['Listen', 'listen'],
    ['backend', 'backends'],
    ['modles', 'models'],
    ['kyes', 'keys'],
    ['metric', 'metrics'],
    ['logging', 'log'],
    ['met', 'metrics'],
  ] as const) {
    assert.equal(findNearest(word, KNOWN)[0], meant, word)
  }
})

test('another word leads nowhere', () => {
  for (const word of ['', 'x', 'port', 'hosts', 'timeout', 'constructor', '__proto__']) {
    assert.deepEqual(findNearest(word, KNOWN), [], word)
  }
})

test('the nearest comes first, and every word is nearest to itself', () => {
  assert.deepEqual(findNearest('abcdef', ['abcdxx', 'abcdex', 'abcdef']), ['abcdef', 'abcdex', 'abcdxx'])
  const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 })
  fc.assert(fc.property(words, (known) => known.every((word) => findNearest(word, known)[0] === word)))
})
