import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAnswer, examineOne, servePages, startServer } from '../../../test/support/doctor.ts'

const SLOS = { slos: [{ name: 'a', sli: 'availability', objective: '99%', window: '30d' }] }

const success = (data: unknown) => ({ status: 'success', data })

const pages = (yaml: string, metrics: string) => ({
  '/api/v1/status/buildinfo': success({ version: '3.0.0' }),
  '/api/v1/alertmanagers': success({ activeAlertmanagers: [{ url: 'http://am:9093/api/v2/alerts' }] }),
  '/api/v1/status/config': success({ yaml }),
  '/metrics': metrics,
})

const counted = (failed: number, sent: number): string =>
  [
    `prometheus_notifications_errors_total{alertmanager="http://am:9093/api/v2/alerts"} ${failed}`,
    `prometheus_notifications_sent_total{alertmanager="http://am:9093/api/v2/alerts"} ${sent}`,
    '',
  ].join('\n')

test('alerts that leave Prometheus and never arrive are a failure, and a few that did not are none', async (t) => {
  const ask = async (yaml: string, metrics: string) => {
    const prometheus = await startServer(t, servePages(pages(yaml, metrics)))
    return examineOne({ written: SLOS, only: 'alert-link', options: { places: { prometheus } } })
  }
  assertAnswer(await ask('', counted(0, 0)), 'ok', /sends alerts to http:\/\/am:9093/)
  assertAnswer(await ask('', counted(2, 40)), 'ok', /sends alerts/)
  assertAnswer(await ask('', counted(7, 7)), 'fail', /none of 7 alerts .* arrived/, /alerting\.alertmanagers/)
  const dropping =
    'alerting: {alert_relabel_configs: [{source_labels: [severity], regex: page, action: drop}]}'
  const dropped = await ask(dropping, counted(0, 0))
  assertAnswer(dropped, 'fail', /alert_relabel_configs drop \d+ of \d+ alerts/, /prometheus\.yml/)
  assert.match(dropped.seen, /such as \w+/)
})
