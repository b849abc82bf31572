// Do the alerts of Prometheus leave it, and arrive at an Alertmanager?
import { isDroppedOnTheWay } from '../ask/alert-relabel.ts'
import { shownUrl } from '../ask/asker.ts'
import { listAt, textAt } from '../ask/json.ts'
import { askData, askPrometheus, shownPrometheus } from '../ask/prometheus.ts'
import { sumOf } from '../ask/weir.ts'
import type { Asked, Check } from '../check.ts'
import { fail, ok, skip, type Finding } from '../finding.ts'

export const alertLink: Check = {
  name: 'alert-link',
  group: 'alerts',
  question: 'Does Prometheus send its alerts to an Alertmanager?',
  needs: ['prometheus'],
  async ask(asked) {
    const data = await askData(asked, '/api/v1/alertmanagers')
    const active = listAt(data, 'activeAlertmanagers')
    if (active === undefined) return skip('this server does not tell where its alerts go')
    if (active.length > 0) {
      const [first = ''] = active.map((entry) => textAt(entry, 'url') ?? '')
      const to = URL.canParse(first) ? shownUrl(first) : 'an Alertmanager'
      return (await findObstacle(asked, to)) ?? ok(`Prometheus sends alerts to ${to}`)
    }
    const seen = `${shownPrometheus(asked)} knows no Alertmanager`
    if (asked.setup.config.alerting.receivers.length > 0)
      return ok(`${seen}: the gateway tells people by itself`)
    return fail(seen, {
      means: 'Its rules fire, and nobody is told',
      fix: "prometheus.yml: alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9093'] }] }] }",
    })
  },
}

/** What its own metrics count: both are of alerts, and those that failed are among those that were sent. */
const FAILED = 'prometheus_notifications_errors_total'
const SENT = 'prometheus_notifications_sent_total'

async function findObstacle(asked: Asked, to: string): Promise<Finding | undefined> {
  const [config, told] = await Promise.all([
    askData(asked, '/api/v1/status/config'),
    askPrometheus(asked, '/metrics'),
  ])
  const file = textAt(config, 'yaml') ?? ''
  const dropped = asked.setup.expected.alerts.filter((labels) => isDroppedOnTheWay(file, labels))
  const [first] = dropped
  if (first !== undefined) {
    return fail(
      `alert_relabel_configs drop ${dropped.length} of ${asked.setup.expected.alerts.length} alerts, such as ${first['alertname'] ?? ''}`,
      {
        means: 'They fire in Prometheus and never reach Alertmanager',
        fix: 'correct alerting.alert_relabel_configs in prometheus.yml, then reload it',
      },
    )
  }
  const page = 'page' in told ? told.page.text : ''
  const failed = sumOf(page, FAILED) ?? 0
  if (failed === 0 || failed < (sumOf(page, SENT) ?? 0)) return undefined
  return fail(`none of ${failed} alerts that Prometheus sent to ${to} arrived`, {
    means: 'Its rules fire, and nobody is told',
    fix: `start the Alertmanager there, or correct alerting.alertmanagers in prometheus.yml; curl ${to}`,
  })
}
