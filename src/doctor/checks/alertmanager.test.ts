import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAlertmanager } from '../../../test/support/alertmanager.ts'
import { assertAnswer, examineOne, servePages, startServer } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { until } from '../../../test/support/weir.ts'

const SLOS = { slos: [{ name: 'a', sli: 'availability', objective: '99%', window: '30d' }] }

const ask = (only: string, alertmanager: string) =>
  examineOne({ written: SLOS, only, options: { places: { alertmanager } } })

test('an Alertmanager whose routes lead somewhere is well', async (t) => {
  const hook = await startServer(t, servePages({ '/': 'ok' }))
  const alertmanager = await startAlertmanager(t, {
    route: { receiver: 'team', routes: [{ matchers: ['severity="page"'], receiver: 'oncall' }] },
    receivers: ['team', 'oncall'].map((name) => ({ name, webhook_configs: [{ url: hook }] })),
  })
  if (alertmanager === undefined) return
  assertAnswer(await ask('alertmanager', alertmanager.url), 'ok', /answers, version 0\./)
  assertAnswer(await ask('alert-routes', alertmanager.url), 'ok', /alerts reach (oncall, team|team, oncall)/)
  assertAnswer(await ask('alert-delivery', alertmanager.url), 'ok', /sent no message yet/)
})

test('a route that leads nowhere is found, and messages that failed are counted', async (t) => {
  const alertmanager = await startAlertmanager(t, {
    route: {
      ...{ receiver: 'team', group_wait: '0s', group_interval: '1s', repeat_interval: '1s' },
      routes: [{ matchers: ['severity="page"'], receiver: 'nobody' }],
    },
    receivers: [
      { name: 'team', webhook_configs: [{ url: `http://127.0.0.1:${await findFreePort()}/` }] },
      { name: 'nobody' },
    ],
  })
  if (alertmanager === undefined) return
  assertAnswer(
    await ask('alert-routes', alertmanager.url),
    'fail',
    /GatewayDown \(page\).* end at nobody, which has nowhere to go/,
    /webhook_configs.*amtool config routes test severity=page/,
  )
  await alertmanager.post([{ labels: { alertname: 'Test', severity: 'ticket' } }])
  await until(
    async () => (await alertmanager.counted('alertmanager_notification_requests_failed_total')) > 0,
    'a failure',
  )
  assertAnswer(
    await ask('alert-delivery', alertmanager.url),
    'fail',
    /no message has ever arrived by webhook: .*\d+ by webhook/,
    /log/,
  )
})

test('one that does not answer, and one that is something else', async (t) => {
  assertAnswer(
    await ask('alertmanager', `http://127.0.0.1:${await findFreePort()}`),
    'fail',
    /nobody listens/,
  )
  const other = await startServer(t, servePages({ '/': 'hello' }))
  assertAnswer(await ask('alertmanager', other), 'fail', /is no Alertmanager/, /path/)
})

test('the Alertmanager that the gateway tells is asked without a flag, with its login', async (t) => {
  let asked: string | undefined
  const url = await startServer(t, (request, response) => {
    asked = request.headers.authorization
    response.end('{"versionInfo":{"version":"0.99"}}')
  })
  const receiver = { name: 'am', kind: 'alertmanager', url, user: 'me', password: 'a-password' }
  const answer = await examineOne({ written: { alerts: { receivers: [receiver] } }, only: 'alertmanager' })
  assertAnswer(answer, 'ok', /version 0\.99/)
  assert.equal(asked, `Basic ${Buffer.from('me:a-password').toString('base64')}`)
})

test('a silence over our alerts is told with its end, its author and how to end it', async (t) => {
  const alertmanager = await startAlertmanager(t)
  if (alertmanager === undefined) return
  assertAnswer(await ask('alert-silences', alertmanager.url), 'ok', /none of our alerts/)
  const silence = async (name: string, value: string): Promise<void> => {
    const body = {
      ...{ matchers: [{ name, value, isRegex: true }], createdBy: 'night shift', comment: 'too loud' },
      ...{ startsAt: '2020-01-01T00:00:00Z', endsAt: '2099-01-01T00:00:00Z' },
    }
    const { status } = await fetch(`${alertmanager.url}/api/v2/silences`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    })
    assert.equal(status, 200)
  }
  await silence('alertname', 'SomebodyElses')
  assertAnswer(await ask('alert-silences', alertmanager.url), 'ok', /none of our alerts/)
  await silence('severity', 'page')
  const some = await ask('alert-silences', alertmanager.url)
  assertAnswer(some, 'warn', /GatewayDown.* until 2099.* by night shift: too loud/, /amtool silence expire/)
  await silence('alertname', '.+')
  assertAnswer(await ask('alert-silences', alertmanager.url), 'warn', /^every alert is silenced/)
})

test('one that refused its file says so in place of the routes it has, and one that failed sometimes is a warning', async (t) => {
  const status = {
    config: { original: 'route: {receiver: a}\nreceivers: [{name: a}]' },
    versionInfo: { version: '1' },
  }
  const counted = (failed: number) =>
    `alertmanager_notification_requests_total{integration="email"} 9\nalertmanager_notification_requests_failed_total{integration="email"} ${failed}\n`
  const url = await startServer(
    t,
    servePages({
      '/api/v2/status': status,
      '/metrics': `alertmanager_config_last_reload_successful 0\n${counted(2)}`,
    }),
  )
  assertAnswer(await ask('alert-routes', url), 'fail', /refused its configuration/, /amtool check-config/)
  assertAnswer(await ask('alert-delivery', url), 'warn', /failed since its start: 2 by email/)
})
