import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hmacByOpenssl } from '../../../../test/support/openssl.ts'
import { signWebhook } from './sign.ts'

test('the signature is the one that Standard Webhooks gives as its example', () => {
  assert.equal(
    signWebhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: '{"test": 2432232314}',
    }),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
})

test('the signature is the one that was computed by hand, with a secret as text and as base64', () => {
  const signed = { id: 'msg_0123456789abcdef', timestampSeconds: 1_700_000_000, body: '{"a":"堰"}' }
  assert.equal(signWebhook('plain-secret-of-mine', signed), 'v1,xdcS3XnfgLy1Sk8zrY4midrzjr1o5GsFECX5Fyuxdio=')
  assert.equal(
    signWebhook('whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u', signed),
    'v1,ke0rDmWYVDcHI2oxb4W5GYt4ejfCkAIdgPvqf0sycU4=',
  )
})

test('the signature is the one openssl computes', (t) => {
  const expected = hmacByOpenssl(t, { key: 'k', text: 'id.1.{}' })
  if (expected === undefined) return
  assert.equal(signWebhook('k', { id: 'id', timestampSeconds: 1, body: '{}' }), `v1,${expected}`)
})
