import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseCaller } from './caller.ts'

const credentialOf = (...rawHeaders: string[]) => parseCaller(rawHeaders).credential
const one = (key: string) => ({ kind: 'one', key })

test('a key is found in each of the headers that the official SDKs use, in any case', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Authorization', 'Bearer sk-1'],
    ['authorization', 'bearer sk-1'],
    ['AUTHORIZATION', 'BEARER   sk-1  '],
    ['x-api-key', 'sk-1'],
    ['X-Api-Key', ' sk-1 '],
    ['api-key', 'sk-1'],
    ['Api-Key', 'sk-1'],
  ]
  for (const [name, value] of cases) {
    assert.deepEqual(
      credentialOf('Host', 'weir', name, value, 'Accept', '*/*'),
      one('sk-1'),
      `${name}: ${value}`,
    )
  }
})

test('without a key, with an empty one, or with a scheme that is not addressed to us, there is no credential', () => {
  const cases = [
    [],
    ['Host', 'weir'],
    ['Authorization', ''],
    ['Authorization', 'Bearer'],
    ['Authorization', 'Bearer  '],
    ['x-api-key', ''],
    ['Authorization', 'Basic dXNlcjpwYXNz'],
    ['Authorization', 'Negotiate abc'],
    ['Authorization', 'Bearerx sk-1'],
    ['x-goog-api-key', 'sk-1'],
    ['Proxy-Authorization', 'Bearer sk-1'],
    ['Cookie', 'api-key=sk-1'],
  ]
  for (const rawHeaders of cases) assert.equal(credentialOf(...rawHeaders).kind, 'none', rawHeaders.join(' '))
})

test('what cannot be a key is malformed, and never compared with one', () => {
  const cases = [
    ['Authorization', 'sk-1'],
    ['Authorization', 'Bearer sk-1, Bearer sk-2'],
    ['Authorization', 'Bearer a b'],
    ['x-api-key', 'a,b'],
    ['x-api-key', 'a\u0000b'],
    ['x-api-key', 'a\tb'],
    ['x-api-key', 'ключ'],
    ['x-api-key', 'k\u00e9y'],
    ['x-api-key', 'a\u007fb'],
    ['x-api-key', 'x'.repeat(10_000)],
    ['Authorization', `Bearer ${'x'.repeat(10_000)}`],
    ['Authorization', 'x'.repeat(10_000)],
  ]
  for (const rawHeaders of cases) {
    assert.equal(credentialOf(...rawHeaders).kind, 'malformed', rawHeaders.join(' ').slice(0, 60))
  }
})

test('two different credentials are a conflict, whichever headers carry them', () => {
  const cases = [
    ['Authorization', 'Bearer sk-1', 'x-api-key', 'sk-2'],
    ['x-api-key', 'sk-1', 'api-key', 'sk-2'],
    ['Authorization', 'Bearer sk-1', 'Authorization', 'Bearer sk-2'],
    ['x-api-key', 'sk-1', 'X-API-KEY', 'sk-2'],
    ['Authorization', 'Bearer sk-1', 'x-api-key', 'a,b'],
    ['Authorization', 'Bearer sk-1', 'x-api-key', 'sk-2', 'api-key', 'sk-1'],
    ['x-api-key', 'a,b', 'api-key', 'a,b'],
  ]
  for (const rawHeaders of cases)
    assert.equal(credentialOf(...rawHeaders).kind, 'conflict', rawHeaders.join(' '))
})

test('the same key twice is one key', () => {
  assert.deepEqual(credentialOf('Authorization', 'Bearer sk-1', 'x-api-key', 'sk-1'), one('sk-1'))
  assert.deepEqual(credentialOf('Authorization', 'Basic abc', 'x-api-key', 'sk-1'), one('sk-1'))
  assert.deepEqual(credentialOf('x-api-key', '', 'Authorization', 'Bearer sk-1'), one('sk-1'))
})

test('a proxy in between is noticed by any of the headers proxies leave', () => {
  for (const name of [
    'Forwarded',
    'forwarded',
    'X-Forwarded-For',
    'x-forwarded-host',
    'X-FORWARDED-PROTO',
    'X-Forwarded-By1',
    'X-Forwarded',
    'X-Real-IP',
    'Via',
  ]) {
    assert.equal(parseCaller(['Host', 'weir', name, '10.0.0.1']).via, 'proxy', name)
  }
})

test('ordinary headers are nobody in between', () => {
  const ordinary = [
    'Host',
    'User-Agent',
    'Accept',
    'Content-Type',
    'Content-Length',
    'Connection',
    'X-Request-Id',
  ]
  const sdk = [
    'X-Stainless-Retry-Count',
    'x-stainless-lang',
    'X-Real-IPs',
    'From',
    'Vary',
    'x-rate',
    'xf',
    'x',
    'v',
    'f',
  ]
  assert.equal(parseCaller([...ordinary, ...sdk].flatMap((name) => [name, 'value'])).via, undefined)
})

test('a web page from elsewhere is somebody else; a local page, an editor or a program is not', () => {
  for (const origin of [
    'https://evil.example',
    'http://evil.example:18789',
    'null',
    '',
    'http://localhost.evil.example',
  ]) {
    assert.equal(parseCaller(['Origin', origin]).via, 'web page', origin)
  }
  for (const origin of [
    'http://localhost:3000',
    'http://127.0.0.1:5173',
    'http://[::1]:80',
    'https://app.localhost',
    'vscode-webview://x',
  ]) {
    assert.equal(parseCaller(['Origin', origin]).via, undefined, origin)
  }
})

test('a proxy outweighs a web page', () => {
  assert.equal(parseCaller(['Origin', 'https://evil.example', 'Via', '1.1 x']).via, 'proxy')
  assert.equal(parseCaller(['Via', '1.1 x', 'Origin', 'https://evil.example']).via, 'proxy')
})

test('no headers whatever make it throw, and a key it gives is one that was sent', () => {
  const name = fc.oneof(
    fc.constantFrom('authorization', 'x-api-key', 'api-key', 'origin', 'via', '__proto__', 'constructor'),
    fc.string(),
  )
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ maxLength: 40 }).map((key) => `Bearer ${key}`),
    fc.constantFrom('Bearer sk-1', 'sk-1', 'Basic a', 'x'.repeat(10_000)),
  )
  const headers = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => pairs.flat())
  fc.assert(
    fc.property(headers, fc.boolean(), (complete, cutShort) => {
      const rawHeaders = cutShort ? complete.slice(0, -1) : complete
      const { credential } = parseCaller(rawHeaders)
      if (credential.kind !== 'one') return
      assert.match(credential.key, /^[!-+\--~]{1,1024}$/)
      assert.ok(rawHeaders.some((text) => text.includes(credential.key)))
    }),
    { numRuns: 2_000 },
  )
})
