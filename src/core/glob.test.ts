import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseGlob } from './glob.ts'

test('a star stands for any run of characters, the rest for itself', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['qwen3*', 'qwen3:32b', true],
    ['qwen3*', 'qwen3', true],
    ['qwen3*', 'qwen2', false],
    ['*', '', true],
    ['*', 'anything/at:all', true],
    ['*-instruct', 'llama-3-instruct', true],
    ['*-instruct', 'llama-3-instruct-v2', false],
    ['Qwen/*:*b', 'Qwen/Qwen3:32b', true],
    ['Qwen/*:*b', 'qwen/qwen3:32b', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['ab*ba', 'aba', false],
    ['a*b*c', 'a-c-b', false],
    ['a**c', 'abc', true],
    ['gpt-4', 'gpt-4', true],
    ['gpt-4', 'gpt-4o', false],
    ['gpt.4', 'gptx4', false],
    ['[a-z]+', 'abc', false],
    ['model?', 'modelx', false],
    ['', '', true],
    ['', 'x', false],
  ]
  for (const [pattern, name, expected] of cases) {
    assert.equal(parseGlob(pattern)(name), expected, `${pattern} on ${name}`)
  }
})

test('a glob agrees with the regular expression that says the same', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', ':'), maxLength: 8 })
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', ':'), maxLength: 12 })
  fc.assert(
    fc.property(letters, name, (pattern, text) => {
      const same = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^]*')}$`)
      assert.equal(parseGlob(pattern)(text), same.test(text), `${pattern} on ${text}`)
    }),
    { numRuns: 2_000 },
  )
})

test('a glob made to blow up a backtracking matcher is answered at once', () => {
  const hostile = parseGlob(`${'a*'.repeat(500)}b`)
  const name = 'a'.repeat(100_000)
  const startedMs = performance.now()
  assert.equal(hostile(name), false)
  assert.equal(parseGlob(`*${'a*'.repeat(500)}`)(name), true)
  // A backtracking matcher would not come back at all; this one needs well under a millisecond.
  assert.ok(performance.now() - startedMs < 500)
})
