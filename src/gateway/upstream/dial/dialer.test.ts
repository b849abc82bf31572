import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { createManualClock } from '../../../core/clock.ts'
import { startSocketBackend } from '../fixtures/socket-backend.ts'
import { ConnectionFault } from '../../http1/fault.ts'
import { Dialer, toDialTarget, type DialTarget } from './dialer.ts'
import type { Address } from './name-cache.ts'

const ONREAD = { buffer: Buffer.alloc(1_024), callback: () => true }
const toAddress = (address: string): Address => ({ address, family: address.includes(':') ? 6 : 4 })

function dialerOf(...addresses: string[]): Dialer {
  return new Dialer({ clock: createManualClock(), lookup: async () => addresses.map(toAddress) })
}

async function find(dialer: Dialer, target: DialTarget): Promise<string[]> {
  return (await dialer.find(target)).map(({ address }) => address)
}

test('a URL says where to dial, and what stands in the Host header', () => {
  const parts = (url: string): unknown[] => {
    const { authority, host, port, isTls } = toDialTarget(url)
    return [authority, host, port, isTls]
  }
  assert.deepEqual(parts('http://gpu-1:8000/base'), ['gpu-1:8000', 'gpu-1', 8000, false])
  assert.deepEqual(parts('http://gpu-1'), ['gpu-1', 'gpu-1', 80, false])
  assert.deepEqual(parts('https://api.example.com'), ['api.example.com', 'api.example.com', 443, true])
  assert.deepEqual(parts('http://[fd00::1]:11434'), ['[fd00::1]:11434', 'fd00::1', 11434, false])
})

test('an address needs no name service', async () => {
  const dialer = new Dialer({ clock: createManualClock(), lookup: () => assert.fail('asked') })
  assert.deepEqual(await find(dialer, toDialTarget('http://127.0.0.1:1')), ['127.0.0.1'])
  assert.deepEqual(await find(dialer, toDialTarget('http://[::1]:1')), ['::1'])
})

test('of what a name resolves to, forbidden addresses are left out', async () => {
  const target = toDialTarget('http://rebound.example:80')
  const mixed = dialerOf('169.254.169.254', '10.0.0.1', 'fe80::1')
  assert.deepEqual(await find(mixed, target), ['10.0.0.1'])
})

test('a name that resolves to nothing else is refused, with the reason for the log', async () => {
  const target = toDialTarget('http://rebound.example:80')
  const dialer = dialerOf('fd00:ec2::254')
  for (let round = 0; round < 2; round += 1) {
    // The first time it is looked up, the second time it is known.
    await assert.rejects(
      async () => dialer.find(target),
      (thrown) =>
        thrown instanceof ConnectionFault &&
        thrown.code === 'WEIR_ADDRESS_REFUSED' &&
        /rebound\.example cannot be dialled: fd00:ec2::254 is the metadata service of AWS/.test(
          thrown.message,
        ),
    )
  }
})

test('forms of a forbidden address that a URL hides are refused too', () => {
  const dialer = dialerOf()
  for (const host of ['0xa9.254.169.254', '2852039166', '0251.0376.0251.0376', '[::ffff:169.254.169.254]']) {
    assert.throws(() => dialer.find(toDialTarget(`http://${host}/`)), { code: 'WEIR_ADDRESS_REFUSED' }, host)
  }
})

test('of several addresses one that answers is found, and those that did not are tried last from then on', async () => {
  const backend = await startSocketBackend(() => undefined)
  // RFC 6666 and RFC 5737: addresses where nobody is.
  const dialer = dialerOf('100::1', '127.0.0.1', '192.0.2.1')
  const target = toDialTarget(`http://model.test:${backend.port}`)
  const addresses = await dialer.find(target)
  const socket = dialer.connect(target, addresses, ONREAD)
  await once(socket, 'connect')
  assert.equal(socket.remoteAddress, '127.0.0.1')
  assert.deepEqual(await find(dialer, target), ['127.0.0.1', '192.0.2.1', '100::1'])
  socket.destroy()
  await backend.close()
})
