import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toPlain, toSafeUrl } from './plain.ts'

test('what outsiders wrote becomes one line without anything invisible', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['  a\r\nb\t c\u2028d ', 'a b c d'],
    ['left \u202eright\u202c', 'left right'],
    ['zero\u200bwidth\ufeffspace', 'zerowidth space'],
    ['tag\u{e0041}ged \u0000\u0007\u001b[31m', 'tagged [31m'],
    ['half \ud800 surrogate', 'half \ufffd surrogate'],
    ['👩🏽‍💻 and 👨‍👩‍👧', '👩🏽‍💻 and 👨‍👩‍👧'],
    ['a\u200db', 'ab'],
    ['qwen3_32b:q4*', 'qwen3_32b:q4*'],
    ['', ''],
  ]
  for (const [given, expected] of cases) assert.equal(toPlain(given), expected)
})

test('a very long text takes no long time', () => {
  assert.ok(toPlain('\u200d '.repeat(500_000)).length < 100)
})

test('a link is http or https, and nothing in it ends the markup around it', () => {
  assert.equal(toSafeUrl('javascript:alert(1)'), undefined)
  assert.equal(toSafeUrl('data:text/html,x'), undefined)
  assert.equal(toSafeUrl('not a url'), undefined)
  assert.equal(toSafeUrl('https://a.example/x?y=1&z=2#/f'), 'https://a.example/x?y=1&z=2#/f')
  assert.equal(toSafeUrl('https://a.example/)[x](http://b'), 'https://a.example/%29%5Bx%5D%28http://b')
  assert.doesNotMatch(toSafeUrl('https://a.example/<>|"\'`*_~ ') ?? '', /[<>|"'`*_~ ]/)
})
