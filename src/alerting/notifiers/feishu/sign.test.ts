import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hmacByOpenssl } from '../../../../test/support/openssl.ts'
import { signFeishu } from './sign.ts'

test('the signature of Feishu is the one that was computed by hand', () => {
  // python: base64(hmac(f"{s}\n{secret}", b"", sha256))
  assert.equal(signFeishu('Feishu-secret-堰', 1_700_000_000), 'EVjQSkW+DV9yYJx1QO2MbWFkFN01qS1XMzee6SiioQs=')
})

test('the signature of Feishu is the one openssl computes', (t) => {
  for (const [secret, seconds] of [
    ['s3cr3t', 1_699_999_999],
    ['堰', 1_763_700_000],
  ] as const) {
    const expected = hmacByOpenssl(t, { key: `${seconds}\n${secret}`, text: '' })
    if (expected === undefined) return
    assert.equal(signFeishu(secret, seconds), expected)
  }
})
