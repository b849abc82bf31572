// What a file says of itself: it opens with what it owns, and no comment keeps the compiler quiet.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeFiles, textOf } from './repository.ts'

const LONGEST_OPENING_LINES = 3

function openingLines(text: string): number {
  const lines = text.replace(/^#!.*\n/, '').split('\n')
  // A bare `//` ends the opening: reasons may follow at their own length.
  const end = lines.findIndex((line) => !/^\/\/ \S/.test(line))
  return end === -1 ? lines.length : end
}

test('every file opens with a comment that says what it owns', () => {
  // A test's name and its sentences say what it owns.
  const files = codeFiles().filter((file) => !file.endsWith('.test.ts'))
  const silent = files.filter((file) => openingLines(textOf(file)) === 0)
  assert.deepEqual(silent, [])
})

test('no opening comment is an essay', () => {
  const long = codeFiles().filter((file) => openingLines(textOf(file)) > LONGEST_OPENING_LINES)
  assert.deepEqual(long, [], 'one to three lines; what needs more belongs in docs/decisions')
})

test('no comment silences the compiler', () => {
  // Put together here, so that this file does not find itself.
  const silencers = new RegExp(`@ts-(${['ignore', 'nocheck'].join('|')})`)
  const loud = codeFiles().filter((file) => silencers.test(textOf(file)))
  assert.deepEqual(loud, [])
})

test('the compiler is told to expect an error only where a test proves that it is one', () => {
  const expectation = ['@ts', 'expect-error'].join('-')
  const wrong = codeFiles().filter((file) => !file.endsWith('.test.ts') && textOf(file).includes(expectation))
  assert.deepEqual(wrong, [])
})
