import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBurn } from './fixtures/alerts.ts'
import { matches, parseMatcher, printMatcher } from './matcher.ts'

test('a condition is a label, an equals sign and a pattern', () => {
  assert.deepEqual(parseMatcher('slo=chat-*'), { key: 'slo', pattern: 'chat-*' })
  assert.deepEqual(parseMatcher(' model = a=b '), { key: 'model', pattern: 'a=b' })
  for (const text of ['slo', '=x', 'slo=', 'a b=c', '1a=b', 'slo!=x', '']) {
    assert.equal(parseMatcher(text), undefined, text)
  }
})

test('what was read prints as it can be read again', () => {
  assert.equal(printMatcher({ key: 'model', pattern: 'qwen3:*' }), 'model=qwen3:*')
})

test('all conditions must hold, and none holds on a label that is not there', () => {
  const alert = toBurn({ labels: { model: 'qwen3:32b' } })
  const holds = (...texts: string[]): boolean =>
    matches(
      alert,
      texts.map((text) => parseMatcher(text)!),
    )
  assert.ok(holds('alert=Slo*', 'severity=page', 'model=qwen3*'))
  assert.ok(!holds('alert=Slo*', 'severity=ticket'))
  assert.ok(!holds('tenant=*'))
  assert.ok(!holds('constructor=*'), 'a label is its own, not that of every object')
})
