import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeAt } from './code-at.ts'

test('units of a text are those of charCodeAt, and there is none outside of it', () => {
  const text = 'a\u00e9\u4e2d\ud83d\ude00'
  for (let index = 0; index < text.length; index += 1)
    assert.equal(codeAt(text, index), text.charCodeAt(index))
  for (const outside of [-1, text.length]) assert.ok(Number.isNaN(codeAt(text, outside)))
})
