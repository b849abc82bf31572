import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashOf, parseManifest, printManifest } from './marker.ts'
import { STACK_TARGETS } from './stack.ts'

test('what was printed is read back, whatever files there are', () => {
  const path = fc.stringMatching(/^[a-z0-9]{1,8}(?:\/[a-z0-9]{1,8}){0,2}\.yml$/)
  const files = fc.uniqueArray(fc.tuple(path, fc.string().map(hashOf)), { selector: ([name]) => name })
  fc.assert(
    fc.property(files, fc.constantFrom(...STACK_TARGETS), (entries, target) => {
      const manifest = { target, files: new Map(entries) }
      assert.deepEqual(parseManifest(printManifest(manifest)), manifest)
    }),
  )
})

test('newlines of another system change no hash, and anything else does', () => {
  assert.equal(hashOf('a\r\nb\r\n'), hashOf('a\nb\n'))
  assert.notEqual(hashOf('a\nb\n'), hashOf('a\nb'))
  assert.notEqual(hashOf('a\nb\n'), hashOf('a \nb\n'))
})

test('what cannot be one of ours is none, so that nothing is taken for unchanged', () => {
  const hash = hashOf('')
  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '{"target":"compose"}',
    `{"target":"nomad","files":{"a.yml":"${hash}"}}`,
    '{"target":"compose","files":{"a.yml":"md5:0"}}',
    `{"target":"compose","files":{"../a.yml":"${hash}"}}`,
    `{"target":"compose","files":{"/etc/passwd":"${hash}"}}`,
    `<<<<<<< HEAD\n{"target":"compose","files":{}}`,
  ]) {
    assert.equal(parseManifest(text), undefined, text)
  }
})
