import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeirError } from '../core/errors.ts'
import { admit, isLocal, type AdmitQuestion } from './admit.ts'
import { parseCaller } from './caller.ts'
import { hashKey } from './create-key.ts'
import { createKeyring } from './keys.ts'
import { ANONYMOUS } from './principal.ts'

const empty = createKeyring({ auth: 'keys', keys: [] })
const keyring = createKeyring({
  auth: 'keys',
  keys: [{ name: 'team-a', hash: hashKey('sk-1'), tenant: 'north' }],
})

const ask = (headers: readonly string[], rest: Partial<AdmitQuestion> = {}) =>
  admit({
    auth: 'keys',
    keyring,
    remoteAddress: '127.0.0.1',
    listener: 'tcp',
    caller: parseCaller(headers),
    ...rest,
  })

const refusal = (answer: ReturnType<typeof admit>): WeirError => {
  assert.ok(answer instanceof WeirError)
  return answer
}

test('a known key is let in under its name, from anywhere', () => {
  for (const remoteAddress of ['127.0.0.1', '203.0.113.9', undefined]) {
    const answer = ask(['Authorization', 'Bearer sk-1'], { remoteAddress })
    assert.ok(!(answer instanceof WeirError))
    assert.deepEqual([answer.name, answer.tenant], ['team-a', 'north'])
  }
})

test('once a key is configured, a local caller needs one too', () => {
  assert.equal(refusal(ask([])).code, 'unauthorized')
  assert.match(refusal(ask([])).message, /Authorization: Bearer KEY/)
})

test('a wrong key, an unreadable key and two keys are refused with what to do', () => {
  assert.deepEqual(refusal(ask(['x-api-key', 'sk-2'])).message, 'No valid API key was given.')
  assert.match(
    refusal(ask(['Authorization', 'sk-1'])).message,
    /not readable: send it as `Authorization: Bearer KEY`/,
  )
  const conflict = refusal(ask(['x-api-key', 'sk-1', 'api-key', 'sk-2']))
  assert.deepEqual([conflict.code, conflict.status], ['invalid_request', 400])
})

test('no refusal repeats the key that was sent', () => {
  const secret = 'canary-7711'
  for (const headers of [
    ['x-api-key', secret],
    ['Authorization', secret],
    ['x-api-key', secret, 'api-key', `${secret}2`],
  ]) {
    for (const rest of [{}, { keyring: empty, remoteAddress: '203.0.113.9' }]) {
      assert.ok(!refusal(ask(headers, rest)).message.includes(secret))
    }
  }
})

test('while no key is configured, callers on this machine are served, whatever they send as a key', () => {
  const headers = [
    [],
    ['Authorization', 'Bearer ollama'],
    ['x-api-key', 'a,b'],
    ['x-api-key', '1', 'api-key', '2'],
  ]
  for (const remoteAddress of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) {
    for (const sent of headers) assert.equal(ask(sent, { keyring: empty, remoteAddress }), ANONYMOUS)
  }
  assert.equal(ask([], { keyring: empty, remoteAddress: undefined, listener: 'unix' }), ANONYMOUS)
})

test('while no key is configured, callers from elsewhere are told how to get one', () => {
  for (const remoteAddress of [
    '203.0.113.9',
    '10.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    'fe80::1',
    '',
    'localhost',
  ]) {
    const error = refusal(ask(['Authorization', 'Bearer sk-1'], { keyring: empty, remoteAddress }))
    assert.equal(error.status, 401, remoteAddress)
    assert.match(
      error.message,
      /`weir keys create --name NAME`, put the lines it prints under `keys:` in weir\.yaml/,
    )
  }
})

test('a TCP socket without an address has closed already, and is not local', () => {
  assert.equal(isLocal(undefined, 'tcp'), false)
  assert.equal(refusal(ask([], { keyring: empty, remoteAddress: undefined })).status, 401)
})

test('what comes through a local proxy or from a web page is not a local caller', () => {
  const proxied = refusal(ask(['X-Forwarded-For', '203.0.113.9'], { keyring: empty }))
  assert.match(proxied.message, /came through a proxy is not a local one\. .*weir keys create --name NAME/)
  const page = refusal(ask(['Origin', 'https://evil.example'], { keyring: empty }))
  assert.match(page.message, /web page is not a local one\. .*weir keys create --name NAME/)
  const socket = { keyring: empty, remoteAddress: undefined, listener: 'unix' } as const
  assert.equal(refusal(ask(['Forwarded', 'for=203.0.113.9'], socket)).status, 401)
})

test('auth: none serves everybody, and names whoever shows a known key', () => {
  const open = { auth: 'none', remoteAddress: '203.0.113.9' } as const
  for (const headers of [[], ['x-api-key', 'wrong'], ['x-api-key', '1', 'api-key', '2'], ['Via', '1.1 x']]) {
    assert.equal(ask(headers, open), ANONYMOUS)
    assert.equal(ask(headers, { ...open, keyring: empty }), ANONYMOUS)
  }
  const named = ask(['x-api-key', 'sk-1'], open)
  assert.ok(!(named instanceof WeirError))
  assert.equal(named.name, 'team-a')
})
