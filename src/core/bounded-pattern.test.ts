import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBoundedPattern } from './bounded-pattern.ts'

function problemOf(source: string): string | undefined {
  const result = parseBoundedPattern(source)
  return 'problem' in result ? result.problem : undefined
}

test('patterns of fixed shapes are taken as they are', () => {
  const texts: readonly (readonly [pattern: string, text: string])[] = [
    ['EMP-\\d{6}', 'EMP-123456'],
    ['[A-Z]{2}\\d{4,10}', 'AB12345'],
    ['(?:CASE|TICKET)-\\d{4,8}', 'TICKET-00012'],
    ['(?<!\\d)\\d{4}-\\d{4}(?!\\d)', '1234-5678'],
    ['\\bproj[_-]?[a-f0-9]{8}\\b', 'proj_deadbeef'],
    ['\\p{Script=Han}{2,4}工号\\u{30}\\d{5}', '张三工号012345'],
    ['[\\]x]{3}', ']x]'],
    ['(?<year>20\\d{2})年', '2026年'],
    ['a{3}|b{4}', 'bbbb'],
  ]
  for (const [source, text] of texts) {
    const pattern = parseBoundedPattern(source)
    assert.ok(pattern instanceof RegExp, `${source}: ${problemOf(source)}`)
    assert.equal(pattern.exec(text)?.[0], text, source)
  }
})

test('what could run for long is refused, and told what to write', () => {
  for (const endless of ['a+', '\\d*x', '(a|b){2,}', '(?:a{1,3})+?']) {
    assert.match(problemOf(endless) ?? '', /without an end: write \{1,20\}/, endless)
  }
  for (const many of [
    '(a{1,20}){1,20}',
    '(a?){30}b',
    '.{0,40}a.{0,40}',
    '(?:a|a){10}',
    '(?=(a{1,20}){2})b',
  ]) {
    assert.match(problemOf(many) ?? '', /more than 256 ways/, many)
  }
  for (const back of ['(a)\\1', '(?<x>a)\\k<x>']) assert.match(problemOf(back) ?? '', /refers back/, back)
})

test('what is no pattern, or matches everywhere or far too much, is refused', () => {
  assert.match(problemOf('a(b') ?? '', /no regular expression: Unterminated group/)
  assert.match(problemOf('[a') ?? '', /no regular expression/)
  for (const empty of ['', 'a?', '\\b', '(?=a)', 'a|', 'a{0}']) {
    assert.match(problemOf(empty) ?? '', /matches the empty text/, empty)
  }
  assert.match(problemOf('a{600}') ?? '', /more than 512 characters/)
  assert.match(problemOf('x'.repeat(401)) ?? '', /longer than 400/)
})

test('the worst pattern that is taken runs through the worst text in bounded time', () => {
  const pattern = parseBoundedPattern('a{1,15}b?a{1,8}c')
  assert.ok(pattern instanceof RegExp)
  const startedMs = performance.now()
  assert.equal('a'.repeat(65_536).search(pattern), -1)
  assert.ok(performance.now() - startedMs < 2_000)
})
