import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCountingIds, systemIds } from './ids.ts'

test('request ids have one shape and do not repeat', () => {
  const ids = Array.from({ length: 1_000 }, () => systemIds.requestId())
  for (const id of ids) assert.match(id, /^req_[0-9a-f]{32}$/)
  assert.equal(new Set(ids).size, ids.length)
})

test('a key secret carries 160 bits in characters that need no escaping anywhere', () => {
  const secrets = Array.from({ length: 1_000 }, () => systemIds.keySecret())
  for (const secret of secrets) {
    assert.match(secret, /^[A-Za-z0-9_-]{27}$/)
    assert.equal(Buffer.from(secret, 'base64url').length, 20)
  }
  assert.equal(new Set(secrets).size, secrets.length)
})

test('random numbers lie in [0, 1)', () => {
  for (let draw = 0; draw < 1_000; draw += 1) {
    const value = systemIds.random()
    assert.ok(value >= 0 && value < 1)
  }
})

test('counting ids are the same in every run and differ within one', () => {
  const [first, second] = [createCountingIds(), createCountingIds()]
  const drawn = [first.requestId(), first.keySecret(), first.random(), first.requestId()]
  assert.deepEqual(drawn, [second.requestId(), second.keySecret(), second.random(), second.requestId()])
  assert.equal(new Set(drawn).size, drawn.length)
  assert.match(first.requestId(), /^req_[0-9]{32}$/)
})
