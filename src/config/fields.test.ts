import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { z } from 'zod'
import { Secret } from '../core/secret.ts'
import {
  backendUrl,
  duration,
  pause,
  printPause,
  instant,
  name,
  network,
  parseListenAddress,
  printListenAddress,
  ratio,
  secret,
  size,
  timer,
  type ListenAddress,
} from './fields.ts'

/** The value read, or the message of the refusal. */
const read = (schema: z.ZodType, value: unknown): unknown => {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : parsed.error.issues.map(({ message }) => message).join('; ')
}

test('an address is a port on an interface or a socket file', () => {
  const cases: readonly (readonly [string, ListenAddress | undefined])[] = [
    [':18789', { kind: 'tcp', host: undefined, port: 18789 }],
    ['127.0.0.1:0', { kind: 'tcp', host: '127.0.0.1', port: 0 }],
    ['weir.example.com:443', { kind: 'tcp', host: 'weir.example.com', port: 443 }],
    ['[::1]:8080', { kind: 'tcp', host: '::1', port: 8080 }],
    ['unix:/run/weir.sock', { kind: 'unix', path: '/run/weir.sock' }],
    ['unix:', undefined],
    ['', undefined],
    ['8080', undefined],
    [':65536', undefined],
    [':-1', undefined],
    ['::1:8080', undefined],
    ['[::1]', undefined],
    ['[localhost]:80', undefined],
    ['http://127.0.0.1:80', undefined],
    ['a b:80', undefined],
    ['/tmp/x:80', undefined],
    [':80 ', undefined],
  ]
  for (const [text, address] of cases) assert.deepEqual(parseListenAddress(text), address, text)
})

test('a printed address reads back as the same address', () => {
  const host = fc.constantFrom(undefined, '127.0.0.1', 'localhost', '::1', 'fe80::1')
  const tcp = fc.record({ kind: fc.constant('tcp' as const), host, port: fc.nat(65_535) })
  const unix = fc.record({ kind: fc.constant('unix' as const), path: fc.string({ minLength: 1 }) })
  fc.assert(
    fc.property(fc.oneof(tcp, unix), (address) => {
      assert.deepEqual(parseListenAddress(printListenAddress(address)), { ...address })
    }),
  )
})

test('a backend URL is read without its last slash, and refused with a reason', () => {
  const schema = backendUrl()
  assert.equal(read(schema, 'http://127.0.0.1:11434/'), 'http://127.0.0.1:11434')
  assert.equal(read(schema, 'HTTPS://Models.Example.com/team-a//'), 'https://models.example.com/team-a')
  assert.match(String(read(schema, '127.0.0.1')), /^expected a URL such as/)
  assert.match(String(read(schema, 'ftp://x')), /only http and https/)
  assert.match(String(read(schema, 'localhost:11434')), /only http and https/)
  assert.match(String(read(schema, 'http://user:pw@x')), /use apiKey/)
  assert.match(String(read(schema, 'http://x?key=1')), /a query or fragment/)
  assert.match(String(read(schema, 'http://x#a')), /a query or fragment/)
  assert.match(String(read(schema, 11434)), /^expected a URL such as/)
})

test('a pause is a timer that may be switched off', () => {
  for (const off of ['off', false]) assert.equal(read(pause(1_000), off), Infinity)
  assert.equal(read(pause(1_000), '15s'), 15_000)
  assert.equal(read(pause(1_000), '999ms'), 'expected a duration from 1s to 24d, or off')
  for (const value of ['never', '', true, null, {}])
    assert.equal(read(pause(1_000), value), 'expected a duration such as 15s, or off')
  assert.deepEqual([Infinity, 15_000].map(printPause), ['off', '15s'])
})

test('a duration stays in its limits, and a timer is neither zero nor longer than a timer can be', () => {
  assert.equal(read(duration(), '1h30m'), 5_400_000)
  assert.equal(read(duration(), 0), 0)
  assert.equal(read(timer(0), '0s'), 0)
  assert.equal(read(timer(), '24d'), 24 * 86_400_000)
  for (const value of ['0', 0, '25d'])
    assert.equal(read(timer(), value), 'expected a duration from 1ms to 24d')
  for (const value of [5, '5', '5 minutes', -1, true, null, [], {}]) {
    assert.equal(read(duration(), value), 'expected a duration such as 250ms, 3s, 10m or 30d')
  }
})

test('sizes and ratios are read with their units, and refused without', () => {
  assert.equal(read(size(), '64KiB'), 65_536)
  assert.equal(read(size({ minBytes: 1_024 }), '1KB'), 'expected a size from 1KiB to 9007199254740991b')
  for (const value of [64, '64', true, '64 kilo']) {
    assert.equal(read(size(), value), 'expected a size such as 64KiB or 32MB')
  }
  assert.equal(read(ratio(), '99.5%'), 0.995)
  assert.equal(read(ratio(), 0.995), 0.995)
  for (const value of [99.5, '101%', 'high', null]) {
    assert.equal(read(ratio(), value), 'expected a ratio such as 99.5% or 0.995')
  }
})

test('a moment is read with its zone, and refused without', () => {
  assert.equal(read(instant(), '2026-12-31T18:00:00+08:00'), Date.UTC(2026, 11, 31, 10))
  for (const value of ['2026-12-31T18:00:00', '30d', 1_798_761_600, null]) {
    assert.equal(
      read(instant(), value),
      'expected a day such as 2026-12-31 or a moment such as 2026-12-31T18:00:00Z',
    )
  }
})

test('a network stays as it was written, and what is none is refused', () => {
  for (const good of ['10.0.0.0/8', 'fd00::/8', '::1']) assert.equal(read(network(), good), good)
  for (const value of ['10.0.0.0/33', '10.*', 'localhost', 10, '']) {
    assert.match(String(read(network(), value)), /^expected a network such as 10\.0\.0\.0\/8/)
  }
})

test('a secret comes out as one that does not print, and an empty one is refused', () => {
  const value = read(secret(), 'canary')
  assert.ok(value instanceof Secret)
  assert.equal(value.reveal(), 'canary')
  assert.equal(secret().safeParse('').success, false)
})

test('a name can be a label, a header value and a file name', () => {
  for (const good of ['a', 'ollama-2', 'gpu.rack_1', '0', 'x'.repeat(63)])
    assert.equal(read(name(), good), good)
  for (const bad of ['', '-a', '.a', 'a b', 'a/b', 'ä', 'x'.repeat(64), 'a\n', 1]) {
    assert.match(String(read(name(), bad)), /^expected letters, digits/, String(bad))
  }
})
