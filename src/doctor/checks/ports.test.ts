import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { assertAnswer, examineOne, servePages, startServer } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { startStage } from '../../../test/support/weir.ts'
import { inodesOf } from '../ask/machine.ts'

test('a free port is said to be free, and nothing is left listening on it', async () => {
  const port = await findFreePort()
  const written = { listen: `127.0.0.1:${port}` }
  assertAnswer(await examineOne({ written, only: 'ports:gateway' }), 'ok', /127\.0\.0\.1:\d+ is free/)
  assertAnswer(await examineOne({ written, only: 'ports:gateway' }), 'ok', /is free/)
})

test('a port that a gateway answers on is ours', async (t) => {
  const stage = await startStage()
  t.after(() => stage.stop())
  const written = { listen: `127.0.0.1:${stage.port}`, metrics: { listen: new URL(stage.metricsUrl).host } }
  assertAnswer(await examineOne({ written, only: 'ports:gateway' }), 'ok', /answered by a gateway/)
  assertAnswer(await examineOne({ written, only: 'ports:metrics' }), 'ok', /answered by a gateway/)
})

test('a port that somebody else has is named with who has it, and the gateway is not asked then', async (t) => {
  const url = await startServer(t, servePages({ '/': '<title>Node Exporter</title>' }))
  const written = { metrics: { listen: new URL(url).host } }
  const answer = await examineOne({ written, only: 'ports:metrics' })
  assertAnswer(answer, 'fail', /is taken/, /metrics: \{ listen: /)
  if (process.platform === 'linux') assert.match(answer.seen, new RegExp(`\\(pid ${process.pid}\\)`))
  const gateway = await examineOne({
    written: { ...written, listen: `127.0.0.1:${await findFreePort()}` },
    only: 'gateway',
  })
  assertAnswer(gateway, 'skip', /a port of the gateway is not free/)
})

test('one that takes connections and says nothing may be a gateway that hangs', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const listen = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const answer = await examineOne({ written: { listen }, only: 'ports:gateway' })
  assertAnswer(answer, 'fail', /does not answer|\(pid \d+\)/)
  assert.match(answer.means ?? '', /it hangs/)
})

test('who usually has a port is said beside it', async () => {
  const machine = {
    addresses: () => [],
    ownerOf: () => Promise.resolve(undefined),
    tryToListen: () => Promise.resolve('EADDRINUSE'),
    spaceAt: () => Promise.resolve(undefined),
  }
  const answer = await examineOne({
    written: { metrics: { listen: '127.0.0.1:9100' } },
    only: 'ports:metrics',
    instead: { machine },
  })
  assertAnswer(answer, 'fail', /usually belongs to node_exporter/)
})

test('an address of another machine cannot be listened on', async () => {
  const answer = await examineOne({ written: { listen: '198.51.100.7:18789' }, only: 'ports:gateway' })
  assert.equal(answer.status, 'fail', JSON.stringify(answer))
})

test('the table of the kernel is read by state and port', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:2328 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100',
    '   1: 0100007F:2328 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4343 1 0 100',
    '   2: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4444 1 0 100',
  ].join('\n')
  assert.deepEqual(inodesOf(table, 9_000), ['socket:[4242]'])
})
