// What tests may not do: run alone, be switched off in silence, or hang on a fixed port.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeFiles, textOf } from './repository.ts'

const TESTS = codeFiles().filter((file) => file.endsWith('.test.ts'))

function linesMatching(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  )
}

test('no test runs alone', () => {
  assert.deepEqual(linesMatching(TESTS, /\b(test|it|describe|suite)\.only\(|\bonly: true/), [])
})

test('no test is switched off where nobody sees it', () => {
  const switchedOff = linesMatching(
    TESTS,
    /\b(test|it|describe|suite)\.(skip|todo)\(|\b(skip|todo): (true|')/,
  )
  assert.deepEqual(
    switchedOff,
    [],
    'delete it, or skip at run time with the reason (test/support/component.ts)',
  )
})

test('every test is named by a sentence', () => {
  const short = TESTS.flatMap((file) => {
    const names = [
      ...textOf(file).matchAll(/^\s*(?:void |await )?(?:t\.)?(?:test|it)\(\s*['"]([^'"\n]+)['"]/gm),
    ]
    return names
      .map((name) => name[1] ?? '')
      .flatMap((name) => (name.includes(' ') ? [] : [`${file}: ${name}`]))
  })
  assert.deepEqual(short, [], 'say what holds, so that a failure reads as the thing that no longer does')
})
