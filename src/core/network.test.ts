import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNetworkSet, parseAddress, parseNetwork, toSite } from './network.ts'

test('a network is an address with the length of its prefix, or an address alone', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['10.0.0.0/8', '10.0.0.0/8 ipv4'],
    ['10.1.2.3', '10.1.2.3/32 ipv4'],
    ['0.0.0.0/0', '0.0.0.0/0 ipv4'],
    ['fd00::/8', 'fd00::/8 ipv6'],
    ['::1', '::1/128 ipv6'],
    ['10.0.0.0/33', undefined],
    ['fd00::/129', undefined],
    ['10.0.0.0/', undefined],
    ['10.0.0.0/-1', undefined],
    ['10.0.0.0/8/8', undefined],
    ['10.0.0.0/ 8', undefined],
    ['10.0.0/8', undefined],
    ['010.0.0.0/8', undefined],
    ['fe80::1%eth0', undefined],
    ['::ffff:10.0.0.0/104', undefined],
    ['localhost', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of cases) {
    const network = parseNetwork(text)
    const shown = network && `${network.address}/${network.prefix} ${network.family}`
    assert.equal(shown, expected, text)
  }
})

test('an address is compared in one form, and what is none is refused', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:203.0.113.9', '203.0.113.9'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['203.0.113.9:80', undefined],
    ['[::1]', undefined],
    ['unknown', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of cases) assert.equal(parseAddress(text), expected, text)
})

test('a set of networks holds the addresses of each, of both families', () => {
  const has = createNetworkSet(
    ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'].map((text) => parseNetwork(text) ?? assert.fail(text)),
  )
  for (const inside of ['10.0.0.0', '10.255.255.255', '192.0.2.7', 'fdff::1']) assert.ok(has(inside), inside)
  for (const outside of ['11.0.0.0', '192.0.2.8', 'fc00::1', '::1', 'nonsense'])
    assert.ok(!has(outside), outside)
  assert.equal(createNetworkSet([])('10.0.0.1'), false)
})

test('one site is one IPv4 address, or the upper half of an IPv6 one however it is written', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['2001:0db8::0001:0:0:0:7', '2001:db8:0:1::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.33', '1:2:3:4::/64'],
  ]
  for (const [address, site] of cases) assert.equal(toSite(address), site, address)
})
