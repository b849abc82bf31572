import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equals, toGlobMatcher, toNumber, toRange, toSelector, toText } from './promql.ts'

test('a selector names its metric and every condition, in their order', () => {
  assert.equal(toSelector('up', []), 'up')
  assert.equal(
    toSelector('up', [equals('job', 'weir'), toGlobMatcher('env', 'p*')]),
    'up{job="weir",env=~"p.*"}',
  )
})

test('a text keeps what it says, whatever it holds', () => {
  assert.equal(toText('a"b\\c\nd'), '"a\\"b\\\\c\\nd"')
  assert.equal(toText('模型'), '"模型"')
  // Half of a surrogate pair is no character, and Prometheus refuses the whole file for it.
  assert.equal(toText('x\ud800y'), '"x\ufffdy"')
})

test('stars stand for anything and all else for itself, also what means something in a pattern', () => {
  assert.deepEqual(toGlobMatcher('model', 'qwen3:4b'), equals('model', 'qwen3:4b'))
  const { operator, value } = toGlobMatcher('model', 'llama3.2*(q4)*')
  assert.deepEqual([operator, value], ['=~', 'llama3\\.2.*\\(q4\\).*'])
  assert.match('llama3.2-x(q4)', new RegExp(`^(?:${value})$`))
  assert.doesNotMatch('llama3x2-x(q4)', new RegExp(`^(?:${value})$`))
})

test('a range is written in the largest unit that holds it wholly', () => {
  const written = [1, 5, 60, 90, 120, 1_440, 1_500, 4_320, 43_200].map(toRange)
  assert.deepEqual(written, ['1m', '5m', '1h', '90m', '2h', '1d', '25h', '3d', '30d'])
})

test('a number is read back as the same number', () => {
  for (const value of [0.072, 14.4 * 0.005, 1e-7, 1 / 3, 20]) assert.equal(Number(toNumber(value)), value)
})
