import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearestNames } from './nearest.ts'

const KNOWN = ['qwen3:32b', 'qwen3:4b', 'llama3.1:8b', 'gpt-4o-mini', 'nomic-embed-text', 'Mistral-7B']

const NEAREST: readonly (readonly [string, string])[] = [
  ['qwen3:32', 'qwen3:32b'],
  ['qwen3:23b', 'qwen3:32b'],
  ['QWEN3:4B', 'qwen3:4b'],
  ['lama3.1:8b', 'llama3.1:8b'],
  ['gpt4o-mini', 'gpt-4o-mini'],
  ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
  ['embed', 'nomic-embed-text'],
  ['mistral', 'Mistral-7B'],
]

for (const [asked, nearest] of NEAREST) {
  test(`nearest to ${asked} is ${nearest}`, () => {
    assert.equal(nearestNames(asked, KNOWN)[0], nearest)
  })
}

test('at most so many known names are given, each once, in an order that depends on nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.uniqueArray(fc.string()), fc.nat(5), (asked, known, count) => {
      const near = nearestNames(asked, known, count)
      assert.equal(near.length, Math.min(count, known.length))
      assert.equal(new Set(near).size, near.length)
      assert.ok(near.every((name) => known.includes(name)))
      assert.deepEqual(nearestNames(asked, known.toReversed(), count), near)
    }),
  )
})

test('a name that is known is nearest to itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 4, maxLength: 4 }), { minLength: 1 }), (known) => {
      const [first = ''] = known
      // Others that differ in case alone are as near.
      assert.equal(nearestNames(first, known)[0]?.toLowerCase(), first.toLowerCase())
    }),
  )
})

test('a hostile name costs no more than its first characters', () => {
  const known = Array.from({ length: 1_000 }, (_, index) => `model-${index}-${'y'.repeat(500)}`)
  assert.equal(nearestNames('x'.repeat(1_000_000), known).length, 3)
})
