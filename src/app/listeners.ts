// The two doors: that of the gateway, and that of its metrics. Each is made, opened, and closed again with the process.
import type { ListenAddress } from '../config/fields.ts'
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { Listener, type ListenerHandlers } from '../gateway/http/server.ts'
import { toRefusedRecord } from '../gateway/seal-refused.ts'
import type { RootLogger } from '../telemetry/log.ts'
import { createAlertHooks } from './alert-hooks.ts'
import type { AlertingOfApp } from './alerting.ts'
import { withinDescriptors } from './descriptors.ts'
import { createDiscoveryPage } from './discovery.ts'
import { createHealthPages, whyNotReady, type HealthPages } from './health.ts'
import type { Lifecycle } from './lifecycle.ts'
import { closeServer, listen, type Closable } from './listen.ts'
import { createMetricsServer } from './metrics-server.ts'
import type { Readers } from './readers.ts'

export interface ListenersInput {
  readonly config: Config
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: RootLogger
  readonly lifecycle: Lifecycle
  readonly gateway: Gateway
  readonly readers: Readers
  readonly alerting: Pick<AlertingOfApp, 'bridge' | 'bridgeToken'>
}

export interface Listeners {
  readonly metricsAddress: ListenAddress
  readonly gatewayAddress: ListenAddress
}

/** The gateway comes last: whoever reaches it can be watched. */
export async function openListeners(input: ListenersInput): Promise<Listeners> {
  const { config, logger, gateway, readers, alerting } = input
  const health = createHealthPages(() => whyNotReady(gateway))
  const metricsServer = createMetricsServer({
    path: config.telemetry.metrics.path,
    metrics: readers.metrics,
    health,
    hooks: createAlertHooks({
      bridge: alerting.bridge,
      token: () => alerting.bridgeToken(),
      listener: config.telemetry.metrics.listen.kind,
      onFailure: (error) => logger.error('the alert bridge failed', { error }),
    }),
    discovery: createDiscoveryPage({
      metrics: config.telemetry.metrics,
      backends: () => gateway.runtime.settings.backends,
    }),
    onFailure: (error) => logger.error('the metrics page failed', { error }),
  })
  const noteFewer = (count: number, limit: number): void =>
    logger.info('the limit of open files allows fewer connections than configured', {
      count,
      hint: `raise it (now ${limit}) or lower server.maxConnections`,
    })
  const settings = withinDescriptors(config.gateway.server, noteFewer)
  const listener = new Listener(settings, toHandlers(input, health), input.clock)
  return {
    metricsAddress: await open(metricsServer, config.telemetry.metrics.listen, {
      ...input,
      name: 'metrics listener',
    }),
    gatewayAddress: await open(listener, config.gateway.listen, { ...input, name: 'gateway listener' }),
  }
}

function toHandlers({ gateway, readers, clock, ids }: ListenersInput, health: HealthPages): ListenerHandlers {
  return {
    onRequest(request, response, isExcess) {
      if (!health.answer(request, response)) gateway.handle(request, response, isExcess)
    },
    onMalformed: (error) => readers.accept(toRefusedRecord(error, { clock, ids })),
    onConnections: (count) => void (gateway.connections = count),
    onBroken: (socket, error) => gateway.failReceiving(socket, error),
    onHalfClosed: (socket) => gateway.noteHalfClosed(socket),
  }
}

async function open(
  server: Closable,
  address: ListenAddress,
  { clock, lifecycle, name }: Pick<ListenersInput, 'clock' | 'lifecycle'> & { name: string },
): Promise<ListenAddress> {
  const opened = await listen(server, address)
  lifecycle.onClose(name, () => closeServer(server, clock))
  return opened
}
