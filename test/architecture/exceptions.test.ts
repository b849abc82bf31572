// The list of lint exceptions: it is short, gives reasons, and is all there is. That each is still needed is the linter's
// own question (reportUnusedDisableDirectives in eslint.config.js).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINT_EXCEPTIONS } from '../../scripts/lint/exceptions.mjs'
import { codeFiles, textOf } from './repository.ts'

// Lower it with every entry that goes. Raising it is a decision, and so needs a page in docs/decisions.
const MOST_EXCEPTIONS = 5
const SHORTEST_REASON = 40
// Put together here, so that this file does not find itself.
const DIRECTIVE = ['eslint', 'disable'].join('-')
const ONE_LINE = new RegExp(`^\\s*// ${DIRECTIVE}-next-line ([^\\n]*?)(?: --|\\*/|$)`, 'gm')

function placesIn(file: string): string[] {
  const rules = [...textOf(file).matchAll(ONE_LINE)].flatMap((match) => (match[1] ?? '').split(','))
  return rules.map((rule) => `${file}: ${rule.trim()}`)
}

test('the list of exceptions only shrinks', () => {
  assert.equal(LINT_EXCEPTIONS.length, MOST_EXCEPTIONS)
})

test('every exception gives a reason', () => {
  const unreasoned = LINT_EXCEPTIONS.filter((exception) => exception.reason.length < SHORTEST_REASON)
  assert.deepEqual(unreasoned, [])
})

test('every comment that switches a rule off stands in the list, and nothing else does', () => {
  const inCode = codeFiles().flatMap(placesIn)
  const listed = LINT_EXCEPTIONS.map(({ file, rule }) => `${file}: ${rule}`)
  assert.deepEqual(inCode.toSorted(), listed.toSorted())
})

test('no comment switches a rule off for more than the next line', () => {
  const wide = codeFiles().filter((file) =>
    textOf(file).replaceAll(`${DIRECTIVE}-next-line`, '').includes(DIRECTIVE),
  )
  assert.deepEqual(wide, [])
})
