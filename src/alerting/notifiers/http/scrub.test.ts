import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createScrub } from './scrub.ts'

const URL_WITH_TOKENS =
  'https://hooks.example.com/services/T0000000/B0000000/abcdefghijklmn?access_token=0123%2B456789abcdef&v=2'

test('no part of a URL that may be a token is shown, however it is written', () => {
  const say = createScrub([URL_WITH_TOKENS, 'short', 'with space&sign'])
  for (const told of [
    `not found: ${URL_WITH_TOKENS}`,
    'no such token abcdefghijklmn',
    'token 0123+456789abcdef or 0123%2B456789abcdef',
    'T0000000/B0000000',
    'a short one, with%20space%26sign, with space&sign',
  ]) {
    const shown = say(told)
    assert.match(shown, /\[secret\]/)
    assert.doesNotMatch(shown, /abcdefghijklmn|456789abcdef|0000000|short|with(%20| )space/, shown)
  }
})

test('words stay: names of paths are no secrets', () => {
  const say = createScrub(['https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef'])
  assert.equal(say('robot may not send'), 'robot may not send')
})

test('what a service says is one short line', () => {
  const say = createScrub([])
  assert.equal(say('a\r\nb \u001b[31m'), 'a b [31m')
  assert.equal(say('x'.repeat(1_000)).length, 200)
})
