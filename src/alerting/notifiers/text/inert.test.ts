import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toCode, toInert } from './inert.ts'

test('what would be markup looks the same and is none', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['[a](http://b)', '［a］(http://b)'],
    ['![a](http://b)', '!［a］(http://b)'],
    ['<at id=all></at>', '＜at id=all＞＜/at＞'],
    ['**bold** `code` ~~gone~~', '＊＊bold＊＊ ｀code｀ ～～gone～～'],
    ['# heading', '＃ heading'],
    ['- item', '\u00b7- item'],
    ['1. item', '1\uff0e item'],
    ['&lt;b&gt; &#60; a & b', '＆lt;b＆gt; ＆#60; a & b'],
    ['@all and team@example.com', '＠all and team@example.com'],
  ]
  for (const [given, expected] of cases) assert.equal(toInert(given), expected)
})

test('names keep their looks', () => {
  for (const name of ['qwen3_32b:q4_K_M', 'gpu-a', '99.5 % of 2s', 'a/b (c)', '堰 #1', 'x = y'])
    assert.equal(toInert(name), name)
})

test('a command can be copied, and ends where it ends', () => {
  assert.equal(
    toCode("weir alerts silence 'model=qwen3*' --for 2h"),
    "`weir alerts silence 'model=qwen3*' --for 2h`",
  )
  assert.equal(toCode('a`b\n<c>'), "`a'b ＜c>`")
})
