import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyForbidden } from './forbidden-addresses.ts'

const FORBIDDEN = [
  ...['169.254.169.254', '169.254.0.1', '169.254.170.2', '169.254.255.255'],
  ...['fe80::1', 'fe80::1%eth0', 'febf:ffff::1', 'FE80::A9FE:A9FE'],
  ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'],
  ...['100.100.100.200', '192.0.0.192', '168.63.129.16'],
  ...['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:a9fe:a9fe', '::ffff:168.63.129.16'],
  ...['64:ff9b::169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::', '::169.254.169.254'],
  ...['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
]

/** Where model servers are. */
const ALLOWED = [
  ...['127.0.0.1', '127.0.0.53', '::1', '::ffff:127.0.0.1', '10.0.0.1', '172.17.0.1', '192.168.1.20'],
  ...['100.64.0.1', '100.100.100.199', '169.253.255.255', '169.255.0.0', '168.63.129.17', '8.8.8.8'],
  ...[
    'fd00::1',
    'fd00:ec3::1',
    'fec0::1',
    'fd20:ce::253',
    '2001:db8::1',
    '64:ff9b::10.0.0.1',
    '2002:a9ff::1',
  ],
]

test('link-local addresses and those of cloud metadata are forbidden, however they are written', () => {
  for (const address of FORBIDDEN) assert.equal(typeof whyForbidden(address), 'string', address)
})

test('private, loopback and public addresses are not', () => {
  for (const address of ALLOWED) assert.equal(whyForbidden(address), undefined, address)
})
