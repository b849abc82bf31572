// Whether trouble would be noticed: targets that do not answer, messages that do not arrive, and a heartbeat for somebody outside.
import { equals } from '../../../slo/promql.ts'
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import { JOBS } from '../../places.ts'
import type { AlertSpec, SpecGroup } from '../alert.ts'
import type { RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'
import { ALERTMANAGER, PROMETHEUS, UP } from '../../foreign.ts'

/** Alertmanager sends it on for as long as everything works; what complains is whoever no longer gets it. */
export const WATCHDOG_ALERT = 'Watchdog'

export function toMonitoringGroup(context: RuleContext): SpecGroup {
  const { target } = context
  // A cluster's Prometheus and Alertmanager are watched by whoever runs them, and so are its other targets.
  const ours = target === 'kubernetes' ? [] : [toTargetDown, toAlertmanagerFailing, toPrometheusTroubled]
  return {
    name: 'weir-monitoring',
    about: 'Whether trouble would be noticed.',
    records: [],
    alerts: [toPipelineDead, toNotificationsFailing, ...ours, toWatchdog].map((make) => make(context)),
  }
}

function toWatchdog(): AlertSpec {
  return {
    alert: WATCHDOG_ALERT,
    severity: 'none',
    expr: 'vector(1)',
    forMinutes: 0,
    summary: 'Rules are evaluated and alerts arrive',
    description: 'It always rings. Lead it to something that complains when it stops.',
    situations: [{ what: 'whatever happens', expected: 'always', series: [] }],
  }
}

function toTargetDown({ foreign, options }: RuleContext): AlertSpec {
  // By name: whoever has a Prometheus already has targets in it that are not ours to speak of.
  const jobs = Object.values(JOBS).filter((job) => job !== options.job)
  const others = foreign(UP, { label: 'job', operator: '=~', value: jobs.join('|') })
  return {
    alert: 'TargetDown',
    severity: 'ticket',
    expr: `${others} == 0`,
    forMinutes: 10,
    summary: 'Prometheus gets nothing from {{ $labels.instance }} ({{ $labels.job }})',
    description:
      'Nothing is known of what it measures: no panel of it has data, and no rule about it can ring.',
    situations: [
      {
        what: 'an exporter does not answer',
        expected: 'rings',
        series: [{ metric: UP, job: JOBS.node, values: TAPE.gauge(1, 0) }],
      },
      {
        what: 'a target that is not of this stack does not answer',
        expected: 'never',
        series: [{ metric: UP, job: 'somebody-elses', values: TAPE.gauge(1, 0) }],
      },
      {
        what: 'a gateway does not answer, which another alert says',
        expected: 'never',
        series: [{ metric: UP, values: TAPE.gauge(1, 0) }],
      },
    ],
  }
}

function toPipelineDead({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.alertingUp.name
  return {
    alert: 'AlertPipelineDead',
    severity: 'page',
    expr: `${own(CATALOGUE.alertingUp)} == 0`,
    forMinutes: 2,
    summary: 'Alerting of the gateway {{ $labels.instance }} does not work: {{ $labels.part }}',
    description:
      'It does not know what holds, or cannot tell anybody. What it should have said, nobody hears.',
    situations: [
      {
        what: 'a receiver refuses what it is owed',
        expected: 'rings',
        series: [{ metric, labels: { part: 'delivery' }, values: TAPE.gauge(1, 0) }],
      },
      {
        what: 'alerting works',
        expected: 'never',
        series: [{ metric, labels: { part: 'delivery' }, values: TAPE.steadyGauge(1) }],
      },
    ],
  }
}

function toNotificationsFailing({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.notifications.name
  const failed = own(CATALOGUE.notifications, equals('result', 'failed'))
  return {
    alert: 'NotificationsFailing',
    severity: 'ticket',
    expr: `sum by (notifier) (increase(${failed}[30m])) > 0`,
    forMinutes: 0,
    summary: '{{ $value | humanize }} messages were refused by {{ $labels.notifier }} in half an hour',
    description:
      'Refused for good: a wrong address, a wrong secret, or a message that the service does not take.',
    situations: [
      {
        what: 'a service refuses messages',
        expected: 'rings',
        series: [{ metric, labels: { notifier: 'oncall', result: 'failed' }, values: TAPE.counter(0, 0.5) }],
      },
      {
        what: 'messages are tried again and arrive',
        expected: 'never',
        series: [{ metric, labels: { notifier: 'oncall', result: 'retried' }, values: TAPE.counter(0, 0.5) }],
      },
    ],
  }
}

function toAlertmanagerFailing({ foreign }: RuleContext): AlertSpec {
  const job = JOBS.alertmanager
  return {
    alert: 'AlertmanagerFailing',
    severity: 'ticket',
    expr:
      `sum by (instance, integration) (increase(${foreign(ALERTMANAGER.notificationsFailed.name, equals('job', job))}[15m])) > 0` +
      `\nor\n${foreign(ALERTMANAGER.configReloaded.name, equals('job', job))} == 0`,
    forMinutes: 5,
    summary:
      'Alertmanager {{ $labels.instance }} cannot tell somebody: {{ or $labels.integration "its configuration was refused" }}',
    description: 'A receiver refuses its messages, or what was changed in its file is not in force.',
    situations: [
      {
        what: 'mail is refused',
        expected: 'rings',
        series: [
          {
            metric: ALERTMANAGER.notificationsFailed.name,
            labels: { integration: 'email' },
            job,
            values: TAPE.counter(0, 1),
          },
        ],
      },
      {
        what: 'its file is broken, and mended',
        expected: 'rings',
        series: [{ metric: ALERTMANAGER.configReloaded.name, job, values: TAPE.gauge(1, 0) }],
      },
      {
        what: 'every message arrives',
        expected: 'never',
        series: [
          {
            metric: ALERTMANAGER.notificationsFailed.name,
            labels: { integration: 'email' },
            job,
            values: TAPE.steadyGauge(3),
          },
        ],
      },
    ],
  }
}

function toPrometheusTroubled({ foreign }: RuleContext): AlertSpec {
  const job = JOBS.prometheus
  const grew = (metric: string): string => `increase(${foreign(metric, equals('job', job))}[15m]) > 0`
  return {
    alert: 'PrometheusTroubled',
    severity: 'ticket',
    // Two groups may fail at once; one alert is enough.
    expr: [
      `sum by (job, instance) (${grew(PROMETHEUS.ruleFailures.name)})`,
      grew(PROMETHEUS.notificationsDropped.name),
      `${foreign(PROMETHEUS.configReloaded.name, equals('job', job))} == 0`,
    ].join('\nor\n'),
    forMinutes: 5,
    summary: 'Prometheus {{ $labels.instance }} does not do all it should',
    description: 'Rules fail, alerts do not reach Alertmanager, or its configuration was refused.',
    situations: [
      {
        what: 'rules fail',
        expected: 'rings',
        series: [
          {
            metric: PROMETHEUS.ruleFailures.name,
            labels: { rule_group: 'g' },
            job,
            values: TAPE.counter(0, 1),
          },
        ],
      },
      {
        what: 'Alertmanager is away',
        expected: 'rings',
        series: [{ metric: PROMETHEUS.notificationsDropped.name, job, values: TAPE.counter(0, 1) }],
      },
      {
        what: 'all is well',
        expected: 'never',
        series: [{ metric: PROMETHEUS.configReloaded.name, job, values: TAPE.steadyGauge(1) }],
      },
    ],
  }
}
