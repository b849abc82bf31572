// What is valid about a configuration and still would make a stack that does not do what people expect of it. Pure.
import { toBridged } from './alertmanager/alertmanager.ts'
import type { StackInput } from './stack.ts'

/** A sentence each, with what to write. */
export function adviseOnStack(input: StackInput): readonly string[] {
  return [
    ...adviseOnDelivery(input),
    ...adviseOnReceivers(input),
    ...adviseOnBridge(input),
    ...adviseOnListener(input),
  ]
}

/** In a container the file of the gateway is written here and says so itself. */
function adviseOnDelivery({ target, config }: StackInput): readonly string[] {
  const { deliver, receivers } = config.alerting
  if (target !== 'files' || deliver !== undefined || receivers.length === 0) return []
  return [
    'people would be told twice, by Weir and by Alertmanager: write alerts.deliver: alertmanager, or weir to keep it to Weir',
  ]
}

function adviseOnReceivers({ config: { alerting } }: StackInput): readonly string[] {
  const others = alerting.receivers.filter(({ kind }) => kind === 'alertmanager').map(({ name }) => name)
  if (others.length === 0) return []
  return [
    `${others.join(', ')}: an Alertmanager is no receiver of another one; what is led there is seen on the page of this one only`,
  ]
}

function adviseOnBridge(input: StackInput): readonly string[] {
  const { target, config } = input
  const { receivers, bridge } = config.alerting
  const bridged = toBridged(input)
  if (bridged.length === 0) return []
  const isRefused = target !== 'files' && bridge.token === undefined
  return [
    ...(isRefused
      ? [
          `Alertmanager reaches ${bridged.join(', ')} through the gateway, from another container: it is refused until alerts.bridge.token is set`,
        ]
      : []),
    ...(bridged.length === receivers.length
      ? [
          'every receiver is reached through the gateway, so nobody hears that it is down: add one of kind email or slack',
        ]
      : []),
  ]
}

function adviseOnListener({ target, config }: StackInput): readonly string[] {
  const { listen } = config.telemetry.metrics
  if (target !== 'files') return []
  if (listen.kind === 'unix') return ['Prometheus cannot scrape a socket: write a port at metrics.listen']
  return listen.port === 0 ? ['metrics.listen has no fixed port, so prometheus.yml cannot name it'] : []
}
