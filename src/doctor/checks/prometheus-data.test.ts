import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAnswer, examine, examineOne, servePages, startServer } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'

const SLOS = { slos: [{ name: 'available', sli: 'availability', objective: '99%', window: '30d' }] }

const ask = (only: string, prometheus: string) =>
  examineOne({ written: SLOS, only, options: { places: { prometheus } } })

const success = (data: unknown) => ({ status: 'success', data })

const pages = (interval: string) => ({
  '/api/v1/status/buildinfo': success({ version: '3.0.0' }),
  '/api/v1/targets': success({
    activeTargets: [
      { labels: { job: 'weir' }, scrapeUrl: 'http://a/metrics', health: 'up', scrapeInterval: interval },
    ],
  }),
  '/api/v1/rules': success({
    groups: [
      {
        name: 'weir-gateway',
        rules: [{ name: 'GatewayDown', health: 'err', lastError: 'no such function' }],
      },
    ],
  }),
  '/api/v1/status/runtimeinfo': success({ storageRetention: '40d or 10GiB' }),
})

test('scrapes that are seldom are a warning, and too seldom for a window of five minutes a failure', async (t) => {
  const often = await startServer(t, servePages(pages('15s')))
  assertAnswer(await ask('prometheus-scrape', often), 'ok', /every 15s/)
  const two = await startServer(t, servePages(pages('2m')))
  assertAnswer(await ask('prometheus-scrape', two), 'warn', /every 2m/, /15s/)
  const five = await startServer(t, servePages(pages('5m')))
  assertAnswer(await ask('prometheus-scrape', five), 'fail', /every 5m/)
  assertAnswer(await ask('prometheus-rules', five), 'fail', /GatewayDown: no such function/)
  assertAnswer(await ask('prometheus-retention', five), 'ok', /keeps 40d/)
})

test('servers of another make, logins and strangers are told apart, and no password is printed', async (t) => {
  const mimir = await startServer(t, servePages({ '/prometheus/api/v1/query': success({ result: [] }) }))
  assertAnswer(await ask('prometheus', `${mimir}/prometheus`), 'ok', /answers$/)
  assertAnswer(await ask('prometheus', mimir), 'fail', /is no Prometheus/, /with its path/)
  const locked = await startServer(t, (request, response) => {
    response.statusCode = request.headers.authorization === undefined ? 401 : 200
    response.end('{"status":"success","data":{"version":"2.1"}}')
  })
  assertAnswer(await ask('prometheus', locked), 'fail', /asks for a login/, /USER:PASSWORD/)
  const answer = await ask('prometheus', locked.replace('//', '//me:a-password@'))
  assertAnswer(answer, 'ok', /version 2\.1/)
  assert.ok(!JSON.stringify(answer).includes('a-password'))
  assertAnswer(await ask('prometheus', `http://127.0.0.1:${await findFreePort()}`), 'fail', /nobody listens/)
})

test('a Prometheus that refused its file says so, and one of another make is not asked', async (t) => {
  const refused = { ...pages('15s'), '/api/v1/status/runtimeinfo': success({ reloadConfigSuccess: false }) }
  const url = await startServer(t, servePages(refused))
  assertAnswer(
    await ask('prometheus-config', url),
    'fail',
    /refused its configuration/,
    /promtool check config/,
  )
  const quiet = await startServer(t, servePages(pages('15s')))
  const only = { written: SLOS, only: ['prometheus-config'], options: { places: { prometheus: quiet } } }
  assert.deepEqual(await examine(only), [])
})
