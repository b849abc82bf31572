import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAnswer, examine, examineOne, startServer } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { startStage, until, type Stage } from '../../../test/support/weir.ts'

const toWritten = (stage: Stage) => ({
  listen: `127.0.0.1:${stage.port}`,
  metrics: { listen: new URL(stage.metricsUrl).host },
  backends: [{ name: 'sim', url: stage.simulatorUrl, kind: 'simulator' }],
})

test('a gateway that runs answers, is ready, and runs with its file', async (t) => {
  const stage = await startStage()
  t.after(() => stage.stop())
  const answers = await examine({ written: toWritten(stage), only: ['gateway'] })
  assert.deepEqual(
    answers.map(({ check, status }) => `${check} ${status}`),
    [
      'gateway ok',
      'gateway-ready ok',
      'metrics ok',
      'metrics-closed ok',
      'gateway-config ok',
      'metrics-move ok',
    ],
  )
})

test('one that does not run is one failure, and nothing is asked of it', async () => {
  const written = {
    listen: `127.0.0.1:${await findFreePort()}`,
    metrics: { listen: `127.0.0.1:${await findFreePort()}` },
  }
  const answers = await examine({
    written,
    only: ['gateway', 'proxy'],
    options: { places: { proxy: 'http://127.0.0.1:1' } },
  })
  const failed = answers.filter(({ status }) => status === 'fail')
  assert.deepEqual(
    failed.map(({ check }) => check),
    ['gateway'],
  )
  assertAnswer(failed[0]!, 'fail', /does not run/, /weir serve -c .*weir\.yaml/)
  const skipped = answers.filter(({ status }) => status === 'skip')
  assert.ok(skipped.length >= 5, JSON.stringify(answers))
  for (const answer of skipped) assertAnswer(answer, 'skip', /^not asked: the gateway does not run$/)
})

test('a gateway whose backends are gone is not ready because of them', async (t) => {
  const stage = await startStage({ config: { discovery: { every: '50ms', timeout: '200ms' } } })
  t.after(() => stage.stop())
  await stage.simulator.close()
  const isUp = async (): Promise<boolean> => (await fetch(`${stage.url}/readyz`)).status === 200
  await until(async () => !(await isUp()), 'the gateway to notice')
  const only = ['gateway-ready', 'backend-connects']
  const answers = await examine({ written: toWritten(stage), only })
  assert.deepEqual(
    answers.filter(({ status }) => status === 'fail').map(({ check }) => check),
    ['backend-connects'],
  )
  assertAnswer(
    answers.find(({ check }) => check === 'gateway-ready')!,
    'warn',
    /no backend answers/,
  )
})

test('one that sees no backend, where the doctor sees them, is on another network', async (t) => {
  const stage = await startStage({ backend: { url: `http://127.0.0.1:${await findFreePort()}` } })
  t.after(() => stage.stop())
  await until(async () => (await fetch(`${stage.url}/readyz`)).status === 503, 'a probe')
  const answer = await examineOne({ written: toWritten(stage), only: 'gateway-ready' })
  assertAnswer(answer, 'fail', /though backends answer the doctor/)
})

test('a configuration that was refused is found', async (t) => {
  const stage = await startStage()
  t.after(() => stage.stop())
  const page = (await stage.scrape()).replace(
    /^weir_config_last_reload_success 1$/m,
    'weir_config_last_reload_success 0',
  )
  const url = await startServer(t, (request, response) => {
    if (request.url === '/metrics') response.end(page)
    else response.end(request.url === '/healthz' ? '{"status":"ok"}' : '{"status":"ready"}')
  })
  const written = { ...toWritten(stage), metrics: { listen: new URL(url).host } }
  assertAnswer(
    await examineOne({ written, only: 'gateway-config' }),
    'fail',
    /refused when it was last read/,
    /HUP/,
  )
})
