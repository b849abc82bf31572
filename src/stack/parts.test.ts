import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toStackInput } from '../app/stack.ts'
import { toConfig } from '../../test/support/weir.ts'
import { renderStack } from './parts.ts'
import { STACK_TARGETS, type StackFile } from './stack.ts'

const input = toStackInput(toConfig({}), { target: 'files', version: '1.2.3' })
const part =
  (path: string, text = 'a\n') =>
  (): StackFile[] => [{ path, text }]

test('files come sorted by path, whichever part makes them', () => {
  const files = renderStack(input, [part('b/x.yml'), part('c.yml'), part('a.yml')])
  assert.deepEqual(
    files.map(({ path }) => path),
    ['a.yml', 'b/x.yml', 'c.yml'],
  )
})

test('two parts that write one file, and paths that leave the folder, are mistakes of their programmers', () => {
  assert.throws(
    () => renderStack(input, [part('a.yml'), part('a.yml')]),
    /two parts of the stack write a\.yml/,
  )
  for (const path of ['/etc/x', '../x', 'a/../../x', 'a//b', 'a\\b', '', 'a b']) {
    assert.throws(() => renderStack(input, [part(path)]), /not a path below the folder/, path)
  }
})

test('a text ends in one newline and holds no carriage return', () => {
  for (const text of ['a', 'a\n\n', '', '\n', 'a\r\nb\n']) {
    assert.throws(
      () => renderStack(input, [part('a.yml', text)]),
      /a\.yml (?:does not end|holds)/,
      JSON.stringify(text),
    )
  }
})

test('for every target the same configuration gives the same bytes', () => {
  for (const target of STACK_TARGETS) {
    const render = (): unknown => renderStack(toStackInput(toConfig({}), { target, version: '1.2.3' }))
    assert.deepEqual(render(), render(), target)
  }
})
