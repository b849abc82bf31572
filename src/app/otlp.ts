// Who gets traces and metrics pushed, put together: what is said of this gateway, and what the log hears when a collector does
// not take them.
import { hostname } from 'node:os'
import { printListenAddress } from '../config/fields.ts'
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../telemetry/log.ts'
import { createSender, type OtlpSender } from '../telemetry/otlp/library.ts'
import { createPush, type Push } from '../telemetry/otlp/push.ts'
import type { Metrics } from '../telemetry/registry.ts'
import type { Build } from './asked.ts'

export interface OtlpInput {
  readonly config: Pick<Config, 'gateway' | 'telemetry'>
  readonly build: Build
}

/** Undefined where nothing is pushed. Rejects with an OtlpMissingError where it cannot be. */
export async function openSender({ config, build }: OtlpInput): Promise<OtlpSender | undefined> {
  const { otlp } = config.telemetry
  if (otlp === undefined) return undefined
  const resource = {
    'service.name': 'weir',
    'service.version': build.version,
    // The same after a restart: another id would be another service to whoever adds counters up.
    'service.instance.id': `${hostname()}/${printListenAddress(config.gateway.listen)}`,
    ...otlp.resource,
  }
  return createSender({ settings: otlp, resource, version: build.version })
}

export interface PushInput {
  readonly sender: OtlpSender
  readonly metrics: Metrics
  readonly metricsEveryMs: number
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn' | 'info'>
}

export function openPush({ sender, metrics, metricsEveryMs, clock, logger }: PushInput): Push {
  return createPush({
    ...{ sender, clock, metricsEveryMs },
    read: () => metrics.read(),
    onDropped: (reason, requests) => metrics.countDropped(reason, requests),
    onTrouble: (what, error) => logger.warn(`${what} could not be pushed`, { error }),
    onRecovered: (what) => logger.info(`${what} are pushed again`),
  })
}
