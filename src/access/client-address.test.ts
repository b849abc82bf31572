import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createNetworkSet, parseNetwork } from '../core/network.ts'
import { clientAddress } from './client-address.ts'

const isTrusted = createNetworkSet(['10.0.0.0/8', 'fd00::/8'].flatMap((text) => parseNetwork(text) ?? []))

const from = (remoteAddress: string | undefined, ...rawHeaders: string[]) =>
  clientAddress({ rawHeaders, remoteAddress, listener: 'tcp' }, isTrusted)

test('whoever is not a trusted proxy is the caller, whatever its headers say', () => {
  const lies = ['X-Forwarded-For', '127.0.0.1', 'Forwarded', 'for=127.0.0.1', 'X-Real-IP', '127.0.0.1']
  assert.equal(from('203.0.113.9', ...lies), '203.0.113.9')
  assert.equal(from('::ffff:203.0.113.9', ...lies), '203.0.113.9')
  assert.equal(from(undefined, ...lies), undefined)
  const clues = { rawHeaders: lies, remoteAddress: '10.0.0.1', listener: 'tcp' } as const
  assert.equal(clientAddress(clues, undefined), '10.0.0.1', 'nobody is trusted')
})

test('a socket file is reached from this machine', () => {
  const clues = { rawHeaders: ['X-Forwarded-For', '203.0.113.9'], listener: 'unix' } as const
  assert.equal(clientAddress({ ...clues, remoteAddress: undefined }, undefined), '127.0.0.1')
  const local = createNetworkSet([parseNetwork('127.0.0.1') ?? assert.fail()])
  assert.equal(clientAddress({ ...clues, remoteAddress: undefined }, local), '203.0.113.9')
})

test('the right-most address that is no trusted proxy is the caller', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['203.0.113.9', '203.0.113.9'],
    ['1.2.3.4, 203.0.113.9', '203.0.113.9'],
    ['1.2.3.4, 203.0.113.9, 10.1.1.1', '203.0.113.9'],
    ['203.0.113.9:4711, 10.1.1.1:80', '203.0.113.9'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['10.2.2.2, 10.1.1.1', '10.2.2.2'],
    ['garbage, 203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, garbage', undefined],
    ['203.0.113.9, garbage, 10.1.1.1', undefined],
    ['unknown', undefined],
    ['', undefined],
    [',', undefined],
    ['203.0.113.9:99999999', undefined],
    ['2001:db8::7]:80', undefined],
    ['<script>', undefined],
  ]
  for (const [value, expected] of cases) {
    assert.equal(from('10.0.0.1', 'X-Forwarded-For', value), expected, value)
  }
  assert.equal(
    from('10.0.0.1', 'x-forwarded-for', '1.2.3.4', 'X-FORWARDED-FOR', '203.0.113.9'),
    '203.0.113.9',
  )
})

test('the standard header is read with its quotes, ports and parameters', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['for=203.0.113.9', '203.0.113.9'],
    ['For="203.0.113.9:4711";proto=https;by=10.0.0.1', '203.0.113.9'],
    ['proto=https; for="[2001:db8::7]:4711"', '2001:db8::7'],
    ['for=1.2.3.4, for=203.0.113.9;by="a,b", for=10.1.1.1', '203.0.113.9'],
    ['for="203.0.113.\\9"', '203.0.113.9'],
    ['for=_hidden', undefined],
    ['for=unknown', undefined],
    ['proto=https', undefined],
    ['for="203.0.113.9', undefined],
    ['', undefined],
  ]
  for (const [value, expected] of cases) {
    assert.equal(from('10.0.0.1', 'Forwarded', value), expected, value)
  }
})

test('a single address is believed alone, and beside a list only when it does not contradict', () => {
  assert.equal(from('10.0.0.1', 'X-Real-IP', '203.0.113.9'), '203.0.113.9')
  assert.equal(from('10.0.0.1', 'X-Real-IP', '203.0.113.9', 'X-Real-IP', '1.2.3.4'), undefined)
  const list = ['X-Forwarded-For', '203.0.113.9'] as const
  assert.equal(from('10.0.0.1', ...list, 'X-Real-IP', '203.0.113.9'), '203.0.113.9')
  assert.equal(from('10.0.0.1', ...list, 'X-Real-IP', '10.1.1.1'), '203.0.113.9', 'the first of two proxies')
  assert.equal(from('10.0.0.1', ...list, 'X-Real-IP', '1.2.3.4'), undefined)
  assert.equal(from('10.0.0.1', ...list, 'X-Real-IP', 'garbage'), undefined)
})

test('two lists that name different callers are believed neither', () => {
  const list = ['X-Forwarded-For', '203.0.113.9'] as const
  assert.equal(from('10.0.0.1', ...list, 'Forwarded', 'for=203.0.113.9'), '203.0.113.9')
  assert.equal(from('10.0.0.1', ...list, 'Forwarded', 'for=10.3.3.3'), undefined)
  assert.equal(from('10.0.0.1', ...list, 'Forwarded', 'by=x'), undefined)
})

test('a proxy that names nobody is the caller itself', () => {
  assert.equal(from('10.0.0.1', 'Host', 'weir'), '10.0.0.1')
})

test('no headers whatever make it throw or give something that is no address', () => {
  const name = fc.constantFrom('x-forwarded-for', 'forwarded', 'x-real-ip', 'host', '__proto__')
  const value = fc.oneof(
    fc.string(),
    fc.ipV4(),
    fc.ipV6(),
    fc.string().map((text) => `for=${text}`),
    fc.constantFrom('for="', '\\', '"', ',,,', ';;', 'for=='),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), (pairs) => {
      const address = from('10.0.0.1', ...pairs.flat())
      assert.ok(address === undefined || /^[0-9a-f:.]+$/.test(address), address)
    }),
    { numRuns: 2_000 },
  )
})
