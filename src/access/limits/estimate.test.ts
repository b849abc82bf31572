import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { estimateInput, estimateOutput, MEDIA_TOKENS } from './estimate.ts'

const estimate = (text: string): number => estimateInput(Buffer.from(text))

test('English is three bytes a token, Chinese one token a character, whichever way the body is read', () => {
  assert.equal(estimate('a'.repeat(300)), 100)
  assert.equal(estimate('堰'.repeat(100)), 100)
  assert.equal(estimate('привет'), 5)
  assert.equal(estimate('🙂'), 3)
  assert.equal(estimate(`${'word '.repeat(2_000)}`), Math.ceil(10_000 / 3))
  assert.equal(estimate(''), 0)
})

test('escaped characters count as the characters they are', () => {
  assert.equal(estimate('\\u5830'.repeat(100)), 100)
  assert.equal(estimate('\\u0041'.repeat(300)), 100)
  assert.equal(estimate('\\u0434'.repeat(100)), 75)
  // Cut off in the middle it is still no reason to read beyond the end.
  assert.ok(estimate('\\u58') > 0)
})

test('a picture counts the same whatever its size', () => {
  const picture = (bytes: number): string =>
    `{"url":"data:image/png;base64,${Buffer.alloc(bytes, 7).toString('base64')}"}`
  const [small, large] = [estimate(picture(10_000)), estimate(picture(1_000_000))]
  assert.equal(small, large)
  assert.ok(small >= MEDIA_TOKENS && small < MEDIA_TOKENS + 30)
})

test('the fast way and the slow way agree on plain text', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '"', '{', '9', ','), maxLength: 500 })
  fc.assert(
    fc.property(text, (plain) => {
      // One escape makes it slow, and is itself a character.
      const slow = estimate(`${plain}\\u0041`) - estimate('\\u0041')
      assert.ok(Math.abs(estimate(plain) - slow) <= 1)
    }),
  )
})

test('of a broken answer at least the events and at least the bytes count', () => {
  assert.equal(estimateOutput({ events: 7, bytes: 12 }), 7)
  assert.equal(estimateOutput({ events: 1, bytes: 400 }), 100)
  assert.equal(estimateOutput({ events: 0, bytes: 0 }), 0)
})
