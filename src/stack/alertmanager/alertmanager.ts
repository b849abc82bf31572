// alertmanager.yml: the receivers and routes of the configuration, for who lets an Alertmanager tell people.
import { printYaml } from '../commented-yaml.ts'
import { MADE_BY, STACK_PATHS } from '../places.ts'
import type { StackFile, StackInput } from '../stack.ts'
import { toDelivery } from './delivery.ts'
import { toInhibitions } from './inhibitions.ts'
import { toQuietTimes } from './quiet-times.ts'
import { NOBODY, toRouteTree } from './routes.ts'
import { OPERATOR_SECRET, type AlertmanagerSecret } from './secrets.ts'

export function renderAlertmanager(input: StackInput): readonly StackFile[] {
  const { alerting } = input.config
  const receivers = toReceivers(input)
  const quiet = toQuietTimes(input.config)
  const reached = new Set(receivers.map(({ name }) => name))
  const value = {
    route: toRouteTree({ alerting, reached, muted: quiet.map(({ name }) => name) }),
    receivers: [{ name: NOBODY }, ...receivers.map(({ name, integration }) => ({ name, ...integration }))],
    inhibit_rules: toInhibitions(input),
    ...(quiet.length === 0 ? {} : { time_intervals: quiet }),
  }
  const text = printYaml(value, {
    header: toHeader(input),
    spaced: ['receivers', 'inhibit_rules', ...(quiet.length === 0 ? [] : ['time_intervals'])],
  })
  return [{ path: STACK_PATHS.alertmanager, text }]
}

interface ReachedReceiver {
  readonly name: string
  readonly integration: Readonly<Record<string, readonly unknown[]>>
  readonly secrets: readonly AlertmanagerSecret[]
  readonly isBridged: boolean
}

function toReceivers(input: StackInput): readonly ReachedReceiver[] {
  return input.config.alerting.receivers.flatMap((receiver, index) => {
    const delivery = toDelivery(input, receiver, index)
    return delivery === undefined ? [] : [{ name: receiver.name, ...delivery }]
  })
}

/** The files that this Alertmanager reads, each once, in the order of the receivers. */
export function toAlertmanagerSecrets(input: StackInput): readonly AlertmanagerSecret[] {
  const secrets = toReceivers(input).flatMap((receiver) => receiver.secrets)
  return [...new Map(secrets.map((secret) => [secret.name, secret])).values()]
}

/** Names of receivers that are reached through the gateway. */
export function toBridged(input: StackInput): readonly string[] {
  return toReceivers(input).flatMap(({ name, isBridged }) => (isBridged ? [name] : []))
}

function toHeader(input: StackInput): string {
  const { deliver, receivers } = input.config.alerting
  const lines = [
    MADE_BY,
    'Who is told of what Prometheus finds: alerts.receivers and alerts.routes of the configuration.',
  ]
  if (receivers.length === 0)
    lines.push('There are no receivers: alerts are seen on the page of Alertmanager only.')
  if (deliver === 'weir') {
    lines.push('alerts.deliver is weir: what the gateway tells by itself is led to nobody here.')
  } else {
    lines.push('Of two who tell the same, the gateway must not: alerts.deliver is to be alertmanager there.')
  }
  if (toBridged(input).length > 0) {
    lines.push(
      'What goes to /hooks/alertmanager passes through the gateway, which puts it into the form of the service.',
    )
  }
  if (toReceivers(input).some(({ integration }) => JSON.stringify(integration).includes('"url_file"')))
    lines.push('For Alertmanager 0.26 and later, which reads the address of a webhook from a file.')
  return [...lines, ...toClusterLines(input)].join('\n')
}

/** The Alertmanager of a cluster belongs to somebody; what it needs for this file is said where they read it. */
function toClusterLines(input: StackInput): readonly string[] {
  if (input.target !== 'kubernetes') return []
  const secrets = toAlertmanagerSecrets(input)
  return [
    'In a cluster this is for the Alertmanager that is there: alertmanager.yaml in the Secret that its resource names in configSecret.',
    ...(secrets.length === 0
      ? []
      : [
          `Its spec.secrets is to name ${OPERATOR_SECRET}, a Secret with these keys:`,
          ...secrets.map(({ name, holds }) => `  ${name}: ${holds}`),
        ]),
  ]
}
