// Who reads records in this process: the metrics, the request log, whoever embeds it. Made here, listed in sinks.ts.
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import type { AlertsLive, LiveState, ObjectiveLive } from '../core/live.ts'
import type { RequestRecord } from '../core/record.ts'
import type { RecordSink } from '../core/sink.ts'
import { listRoutes } from '../gateway/http/routes.ts'
import type { Thresholds } from '../telemetry/bounds.ts'
import type { RootLogger } from '../telemetry/log.ts'
import type { OtlpSender } from '../telemetry/otlp/library.ts'
import { createMetrics, type Collected, type Metrics } from '../telemetry/registry.ts'
import { createRequestLog } from '../telemetry/request-log.ts'
import type { Build } from './asked.ts'
import type { Lifecycle } from './lifecycle.ts'
import { openPush } from './otlp.ts'
import { createSinks } from './sinks.ts'

export interface ReadersInput {
  readonly telemetry: Config['telemetry']
  readonly clock: Clock
  readonly logger: RootLogger
  readonly lifecycle: Lifecycle
  readonly live: LiveState
  readonly build: Build
  readonly records: RecordSink | undefined
  /** Where traces and metrics are pushed. */
  readonly sender: OtlpSender | undefined
  readonly objectives: () => readonly ObjectiveLive[]
  readonly alerts: () => AlertsLive
  readonly collected: Collected
  /** Where service levels draw their lines. */
  readonly thresholds: Thresholds
  readonly observer: ((record: RequestRecord) => void) | undefined
}

export interface Readers {
  readonly metrics: Metrics
  accept(record: RequestRecord): void
  /** Starts at 0 whatever series can be told beforehand: to be called whenever backends or models may be others. */
  prime(): void
}

export function openReaders(input: ReadersInput): Readers {
  const { telemetry, clock, logger, lifecycle, live, build, records, observer } = input
  const { objectives, alerts, collected, thresholds, sender } = input
  const metrics = createMetrics({
    ...{ settings: telemetry.metrics, clock, live, build, routes: listRoutes() },
    ...{ objectives, alerts, collected, thresholds },
  })
  lifecycle.onClose('metrics', () => metrics.close())
  const metricsEveryMs = telemetry.otlp?.metrics ?? Infinity
  const push = sender && openPush({ sender, metrics, metricsEveryMs, clock, logger })
  if (push !== undefined) lifecycle.onClose('traces and metrics that are pushed', () => push.close())
  const requestLog = createRequestLog({ clock, logger, onFailed: () => metrics.countDropped('log_failed') })
  const sinks = createSinks(
    {
      ...{ metrics: metrics.sink, requestLog: telemetry.log.requests ? requestLog : undefined },
      ...{ records, traces: push?.sink, observer },
    },
    (sink, error) => {
      metrics.countDropped('sink_failed')
      logger.error('a reader of records failed', { sink, error })
    },
  )
  lifecycle.onClose('record readers', () => sinks.flush())
  let leftTold = 0
  return {
    metrics,
    accept: (record) => sinks.accept(record),
    prime() {
      const { left } = metrics.prime()
      // Each backend that lists its models asks again: what was told is not told again.
      if (left <= leftTold) return
      leftTold = left
      logger.warn('not every series can start at 0', { count: left, hint: 'raise metrics.maxSeries' })
    },
  }
}
