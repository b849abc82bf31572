import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { Secret } from './secret.ts'

const VALUE = 'canary-2f1c'

test('a secret gives its value only when it is asked to reveal it', () => {
  assert.equal(new Secret(VALUE).reveal(), VALUE)
})

test('no way of printing a secret shows its value', () => {
  const secret = new Secret(VALUE)
  const nested = { backend: { apiKey: secret }, list: [secret] }
  const printed = [
    String(secret),
    `${secret.toString()}`,
    JSON.stringify(secret),
    JSON.stringify(nested),
    inspect(secret),
    inspect(secret, { showHidden: true, customInspect: false }),
    inspect(nested, { depth: 9 }),
    format('%s %o %O %j', secret, secret, secret, secret),
    JSON.stringify(Object.entries(secret)),
    JSON.stringify({ ...secret }),
    JSON.stringify(Object.getOwnPropertyNames(secret)),
  ]
  for (const text of printed) assert.ok(!text.includes(VALUE), text)
})

test('a frozen secret still opens', () => {
  assert.equal(Object.freeze(new Secret(VALUE)).reveal(), VALUE)
})
