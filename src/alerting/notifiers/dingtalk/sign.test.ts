import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hmacByOpenssl } from '../../../../test/support/openssl.ts'
import { signDingtalk } from './sign.ts'

test('the signature of DingTalk is the one that was computed by hand', () => {
  // python: base64(hmac(secret, f"{ms}\n{secret}", sha256))
  assert.equal(
    signDingtalk('SECa1b2c3d4e5f6', 1_700_000_000_000),
    'oJQpdCHfADjAvXpklWV1PzUEobyTlyhOkQWGlZgxWPE=',
  )
})

test('the signature of DingTalk is the one openssl computes', (t) => {
  for (const [secret, ms] of [
    ['SEC0f', 1_699_999_999_999],
    ['a secret with spaces & signs %=+', 1_763_700_000_001],
  ] as const) {
    const expected = hmacByOpenssl(t, { key: secret, text: `${ms}\n${secret}` })
    if (expected === undefined) return
    assert.equal(signDingtalk(secret, ms), expected)
  }
})
