import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { WeirError } from '../core/errors.ts'
import { admit, createAccess, isLocal, type Access, type AdmitQuestion } from './admit.ts'
import type { AccessSettings } from './config.ts'
import { hashKey } from './create-key.ts'
import { createKeyring, NO_STORED_KEYS } from './keys.ts'
import { ANONYMOUS } from './principal.ts'

const clock = createManualClock(Date.UTC(2026, 0, 1))
const KEYS: AccessSettings['keys'] = [{ name: 'team-a', hash: hashKey('sk-1'), tenant: 'north' }]
const empty = createKeyring({ auth: 'keys', keys: [] })

const accessTo = (keys: AccessSettings['keys'], trustedProxies: readonly string[] = []): Access =>
  createAccess({
    settings: { auth: 'keys', keys },
    stored: undefined,
    trustedProxies,
    wrongKeysPerMinute: 20,
    clock,
    previous: undefined,
  })

const ask = (headers: readonly string[], rest: Partial<AdmitQuestion & Access> = {}) => {
  const access = { ...accessTo(KEYS), ...rest }
  return admit(access, {
    rawHeaders: headers,
    remoteAddress: '127.0.0.1',
    listener: 'tcp',
    endpoint: '/v1/chat/completions',
    ...rest,
  })
}

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
      /`weir keys create --name NAME`, where the gateway was started, and send the key it prints as `Authorization/,
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

test('an expired key is refused with its end, and a stranger does not learn of it', () => {
  const keys = [{ name: 'a', hash: hashKey('sk-9'), expires: clock.wall() + 1_000 }]
  const access = accessTo(keys)
  assert.ok(!(ask(['x-api-key', 'sk-9'], access) instanceof WeirError))
  clock.jumpWall(1_000)
  const refused = refusal(ask(['x-api-key', 'sk-9'], access))
  assert.deepEqual(
    [refused.code, refused.message],
    ['unauthorized', 'This API key expired at 2026-01-01T00:00:01Z.'],
  )
  assert.equal(refusal(ask(['x-api-key', 'sk-8'], access)).message, 'No valid API key was given.')
  assert.equal(ask(['x-api-key', 'sk-9'], { ...access, auth: 'none' }), ANONYMOUS)
})

test('a key opens its own paths and no others', () => {
  const access = accessTo([{ name: 'a', hash: hashKey('k'), paths: ['/v1/chat/*', '/v1/models'] }])
  const to = (endpoint: string) => ask(['x-api-key', 'k'], { ...access, endpoint })
  for (const open of ['/v1/chat/completions', '/v1/models']) assert.ok(!(to(open) instanceof WeirError), open)
  for (const closed of ['/v1/embeddings', '/v1/models/{id}', '/api/chat', '/']) {
    assert.deepEqual([refusal(to(closed)).code, refusal(to(closed)).status], ['forbidden', 403], closed)
  }
})

test('a key is good from its own networks only, and a header does not move its holder there', () => {
  const access = accessTo([{ name: 'a', hash: hashKey('k'), from: ['10.0.0.0/8', 'fd00::/8'] }])
  const from = (remoteAddress: string | undefined, headers: readonly string[] = []) =>
    ask(['x-api-key', 'k', ...headers], { ...access, remoteAddress })
  for (const inside of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1'])
    assert.ok(!(from(inside) instanceof WeirError), inside)
  for (const outside of ['203.0.113.9', '::1', undefined])
    assert.equal(refusal(from(outside)).code, 'forbidden')
  assert.equal(refusal(from('203.0.113.9', ['X-Forwarded-For', '10.1.2.3'])).code, 'forbidden')
})

test('a trusted proxy says where a key comes from, and when its word is not clear nobody is believed', () => {
  const keys = [{ name: 'a', hash: hashKey('k'), from: ['10.0.0.0/8'] }]
  const access = accessTo(keys, ['10.9.0.0/16'])
  const from = (...headers: readonly string[]) =>
    ask(['x-api-key', 'k', ...headers], { ...access, remoteAddress: '10.9.0.1' })
  assert.ok(!(from('X-Forwarded-For', '10.1.2.3') instanceof WeirError))
  assert.equal(refusal(from('X-Forwarded-For', '10.1.2.3, 203.0.113.9')).code, 'forbidden')
  assert.equal(refusal(from('X-Forwarded-For', 'garbage')).code, 'forbidden')
})

test('after twenty wrong keys in a minute an address is told to wait, and its good key still works', () => {
  const access = accessTo(KEYS)
  const from = (remoteAddress: string, ...headers: readonly string[]) =>
    ask(headers, { ...access, remoteAddress })
  for (let count = 0; count < 20; count += 1) {
    const headers =
      count % 2 === 0 ? ['x-api-key', `wrong-${count}`] : ['Authorization', `no scheme`.slice(3)]
    assert.equal(refusal(from('203.0.113.9', ...headers)).code, 'unauthorized', String(count))
  }
  const refused = refusal(from('203.0.113.9', 'x-api-key', 'wrong'))
  assert.deepEqual([refused.code, refused.status, refused.retryAfterSeconds], ['rate_limited', 429, 3])
  assert.ok(!(from('203.0.113.9', 'x-api-key', 'sk-1') instanceof WeirError), 'others share the address')
  assert.equal(refusal(from('203.0.113.10', 'x-api-key', 'wrong')).code, 'unauthorized', 'another address')
  assert.equal(refusal(from('203.0.113.9')).code, 'unauthorized', 'no key at all is no attempt')
  clock.advance(3_000)
  assert.equal(refusal(from('203.0.113.9', 'x-api-key', 'wrong')).code, 'unauthorized')
  assert.equal(refusal(from('203.0.113.9', 'x-api-key', 'wrong')).code, 'rate_limited')
})

test('a key that was taken back is refused as such, however often it comes', () => {
  const hex = hashKey('gone').slice('sha256:'.length)
  const stored = { ...NO_STORED_KEYS, revoked: new Set([hex]), isEmpty: false }
  const access = { ...accessTo([]), keyring: createKeyring({ auth: 'keys', keys: [] }, stored) }
  for (let count = 0; count < 50; count += 1) {
    const refused = refusal(ask(['x-api-key', 'gone'], access))
    assert.deepEqual([refused.code, refused.message], ['unauthorized', 'This API key was revoked.'])
  }
  assert.equal(refusal(ask(['x-api-key', 'x'.repeat(1_024)], access)).message, 'No valid API key was given.')
})

test('wrong keys through a trusted proxy count against the caller, through any other against the proxy', () => {
  const send = (access: Access, caller: string) =>
    ask(['x-api-key', 'wrong', 'X-Forwarded-For', caller], { ...access, remoteAddress: '10.9.0.1' })
  const trusting = accessTo(KEYS, ['10.9.0.1'])
  const wary = accessTo(KEYS)
  for (let count = 0; count < 20; count += 1) {
    for (const access of [trusting, wary]) assert.equal(refusal(send(access, '203.0.113.9')).status, 401)
  }
  assert.equal(refusal(send(trusting, '203.0.113.9')).status, 429)
  assert.equal(refusal(send(trusting, '203.0.113.10')).status, 401)
  assert.equal(refusal(send(wary, '203.0.113.10')).status, 429)
})

test('a new configuration does not forget the wrong keys of the last minute', () => {
  const before = accessTo(KEYS)
  const after = createAccess({
    settings: { auth: 'keys', keys: KEYS },
    stored: undefined,
    trustedProxies: [],
    wrongKeysPerMinute: 1,
    clock,
    previous: before,
  })
  assert.equal(refusal(ask(['x-api-key', 'wrong'], { ...before, wrongKeysPerMinute: 1 })).status, 401)
  assert.equal(refusal(ask(['x-api-key', 'wrong'], after)).status, 429)
})
