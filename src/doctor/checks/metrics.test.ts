import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hashKey } from '../../access/create-key.ts'
import { Secret } from '../../core/secret.ts'
import { assertAnswer, examineOne, startServer } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { startStage, type Stage } from '../../../test/support/weir.ts'
import { systemMachine } from '../ask/machine.ts'

const KEY = 'wk_00000000_a-key-for-the-doctor-to-use'

let stage: Stage
before(async () => {
  stage = await startStage({ config: { keys: [{ name: 'k', hash: hashKey(KEY) }] } })
})
after(() => stage.stop())

const written = (metrics: Readonly<Record<string, unknown>> = {}) => ({
  listen: `127.0.0.1:${stage.port}`,
  metrics: { listen: new URL(stage.metricsUrl).host, ...metrics },
})

test('metrics that answer on their path are counted', async () => {
  assertAnswer(await examineOne({ written: written(), only: 'metrics' }), 'ok', /^\d+ metrics at 127/)
})

test('a wrong path is named with the right one', async () => {
  const answer = await examineOne({ written: written({ path: '/other' }), only: 'metrics' })
  assertAnswer(answer, 'fail', /answered with 404: The metrics are at \/metrics/, /path/)
})

test('metrics on another port than the configuration says are found missing', async () => {
  const listen = `127.0.0.1:${await findFreePort()}`
  assertAnswer(
    await examineOne({ written: written({ listen }), only: 'metrics' }),
    'fail',
    /nobody listens/,
    /metrics server started/,
  )
})

test('metrics move with a request that no model sees, and a key is tried where there is one', async () => {
  const before = stage.ledger().totals.started
  assertAnswer(
    await examineOne({ written: written(), only: 'metrics-move' }),
    'ok',
    /counted \(401\); it wants a key/,
  )
  const withKey = (key: string) =>
    examineOne({ written: written(), only: 'metrics-move', options: { key: new Secret(key) } })
  assertAnswer(await withKey(KEY), 'ok', /counted \(200\)/)
  const wrong = await withKey('wk_00000000_some-other-key')
  assertAnswer(wrong, 'fail', /refuses the key of --key-file/, /keys list/)
  assert.ok(!JSON.stringify(wrong).includes('some-other-key'))
  assert.equal(stage.ledger().totals.started, before)
})

test('metrics of another process do not move', async (t) => {
  const page = await stage.scrape()
  const url = await startServer(t, (request, response) => {
    if (request.url === '/metrics') response.end(page)
    else response.end(request.url === '/healthz' ? '{"status":"ok"}' : '{"status":"ready"}')
  })
  const answer = await examineOne({ written: written({ listen: new URL(url).host }), only: 'metrics-move' })
  assertAnswer(answer, 'fail', /did not move/, /second process/)
})

test('whom metrics answer is judged by the addresses that they listen on', async () => {
  const ask = (listen: string, ...addresses: readonly string[]) =>
    examineOne({
      written: { metrics: { listen } },
      only: 'metrics-closed',
      instead: { machine: { ...systemMachine, addresses: () => addresses } },
    })
  assertAnswer(await ask('127.0.0.1:9464', '8.8.8.8'), 'ok', /this machine alone/)
  assertAnswer(await ask('unix:/run/weir/metrics.sock'), 'ok', /socket file/)
  assertAnswer(await ask(':9464'), 'ok', /this machine alone/)
  assertAnswer(await ask('10.0.0.5:9464'), 'ok', /a private address/)
  assertAnswer(
    await ask(':9464', '10.0.0.5'),
    'warn',
    /every network of this machine \(10\.0\.0\.5\)/,
    /127\.0\.0\.1:9464/,
  )
  assertAnswer(await ask('0.0.0.0:9464', '10.0.0.5', '8.8.8.8'), 'fail', /8\.8\.8\.8: public/, /127\.0\.0\.1/)
  assertAnswer(await ask('[2a00:1450::1]:9464'), 'fail', /public/)
})
