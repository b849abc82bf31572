// Introduces the collectors to what they read: the machine, and backends through connections of the data plane.
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import type { Backend } from '../gateway/routing/backend.ts'
import { fetchPage } from '../gateway/routing/probes/page.ts'
import type { Runtime } from '../gateway/runtime.ts'
import {
  createBackendsCollector,
  type BackendsCollector,
  type BackendSource,
} from '../telemetry/collectors/backends/backends.ts'
import { linesOfBackends, toBackendFamilies } from '../telemetry/collectors/backends/families.ts'
import { createMachine, type Machine } from '../telemetry/collectors/machine.ts'
import type { Report } from '../telemetry/collectors/report.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Collected } from '../telemetry/registry.ts'
import type { Lifecycle } from './lifecycle.ts'

export interface CollectorsInput {
  readonly config: Config
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>
  readonly lifecycle: Lifecycle
  /** The configuration that serves now; another one may follow. */
  readonly runtime: () => Runtime
}

export interface CollectorsOfApp extends Collected {
  readonly machine: Pick<Machine, 'host' | 'gpus'>
  /** Asks backends from now on; to be called when they have been probed. */
  start(): void
}

/** A vLLM that serves fifty adapters shows 400 KB; reading this much takes a few milliseconds. */
const MOST_PAGE_BYTES = 2_097_152

export function openCollectors({
  config,
  clock,
  logger,
  lifecycle,
  runtime,
}: CollectorsInput): CollectorsOfApp {
  const { collectors: settings } = config.telemetry.metrics
  const report: Report = (level, message, news) => logger[level](message, news)
  const machine = createMachine({ clock, settings, dataDir: config.dataDir, env: process.env, report })
  lifecycle.onClose('machine collectors', () => machine.close())
  let backends: BackendsCollector | undefined
  const sources = (): readonly BackendSource[] => {
    const { fleet, settings: gateway } = runtime()
    const patience = { timeoutMs: gateway.discovery.timeout, clock, maxBytes: MOST_PAGE_BYTES }
    return fleet.backends.map((backend) => toSource(backend, (path) => fetchPage(backend, path, patience)))
  }
  return {
    machine,
    lines: machine.lines + linesOfBackends(config.gateway.backends.length),
    families: () => [
      ...toBackendFamilies(
        runtime().fleet.backends.map((backend) => backend.live()),
        backends,
      ),
      ...machine.families(),
    ],
    start() {
      if (!settings.backends) return
      const everyMs = Math.max(settings.every, config.gateway.discovery.every)
      const collector = createBackendsCollector({ clock, everyMs, sources, report })
      lifecycle.onClose('backend collectors', () => collector.close())
      backends = collector
    },
  }
}

function toSource(backend: Backend, get: BackendSource['get']): BackendSource {
  return {
    name: backend.name,
    kind: backend.kind,
    isUp: backend.up === true,
    isBusy: backend.inflight > 0,
    metrics: backend.settings.metrics,
    get,
  }
}
