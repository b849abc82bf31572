// The composition root: the only file that constructs. It introduces the data plane to those who watch it.
import type { Server } from 'node:http'
import type { StoredKeys } from '../access/keys.ts'
import type { LimitState } from '../access/limits/limit-state.ts'
import type { ListenAddress } from '../config/fields.ts'
import type { Config } from '../config/resolve.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import { systemIds, type Ids } from '../core/ids.ts'
import type { RequestRecord } from '../core/record.ts'
import type { GatewaySettings } from '../gateway/config.ts'
import { Gateway } from '../gateway/gateway.ts'
import { listRoutes } from '../gateway/http/routes.ts'
import { createListener } from '../gateway/http/server.ts'
import { createRuntime, type Runtime } from '../gateway/runtime.ts'
import type { Lookup } from '../gateway/upstream/dial/name-cache.ts'
import type { RootLogger } from '../telemetry/log.ts'
import { createMetrics, type Metrics } from '../telemetry/registry.ts'
import { createRequestLog } from '../telemetry/request-log.ts'
import { toRefusedRecord } from '../gateway/seal-refused.ts'
import { withinDescriptors } from './descriptors.ts'
import { toFleetEvents } from './fleet-log.ts'
import { createHealthPages } from './health.ts'
import { openLimits } from './limits.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { closeServer, listen } from './listen.ts'
import { createMetricsServer } from './metrics-server.ts'
import { needsRestart } from './restart.ts'
import { createSinks } from './sinks.ts'
import { openStoredKeys } from './stored-keys.ts'

export interface WeirOptions {
  readonly config: Config
  /** Stands in for `config.gateway.backends` when that is empty. */
  readonly defaultBackends: GatewaySettings['backends']
  readonly logger: RootLogger
  readonly build: { readonly version: string; readonly commit: string }
  readonly clock?: Clock
  readonly ids?: Ids
  /** Resolves the names of backends instead of the system; for tests. */
  readonly lookup?: Lookup
  /** Also gets every record; for tests. */
  readonly onRecord?: (record: RequestRecord) => void
  readonly onStage?: (requestId: string, stage: string) => void
}

export interface Weir {
  readonly gatewayAddress: ListenAddress
  readonly metricsAddress: ListenAddress
  readonly gateway: Gateway
  readonly metrics: Metrics
  /** Serves new requests by another configuration; listeners stay where they are. */
  apply(config: Config): Promise<void>
  /** Notes that a configuration could not be read. */
  noteBrokenConfig(): void
  /** Refuses new requests, lets those in flight finish within the window, ends the rest, closes everything. */
  stop(options?: StopOptions): Promise<StopReport>
}

export interface StopOptions {
  /** How long requests in flight may go on; as configured without it. */
  readonly windowMs?: number
  /** Ends the window early when it resolves. */
  readonly hurry?: Promise<void>
}

export interface StopReport {
  /** Requests that were still in flight when the window ended. */
  readonly cut: number
  /** What did not close in time. */
  readonly unfinished: readonly string[]
}

/** Starts everything and resolves when both listeners are open and every backend was asked once. Rejects with what a person can act on. */
export async function startWeir(options: WeirOptions): Promise<Weir> {
  const clock = options.clock ?? systemClock
  const lifecycle = createLifecycle(clock)
  try {
    return await construct(options, { clock, lifecycle })
  } catch (thrown) {
    await lifecycle.close()
    throw thrown
  }
}

interface Foundation {
  readonly clock: Clock
  readonly lifecycle: Lifecycle
}

// One straight line of constructions reads better in one place than spread over helpers that share everything.
// eslint-disable-next-line max-lines-per-function -- see above
async function construct(options: WeirOptions, { clock, lifecycle }: Foundation): Promise<Weir> {
  const { config, logger, build } = options
  const events = toFleetEvents(logger, () => prime())
  const storedKeys = openStoredKeys({ dataDir: config.dataDir, clock, logger })
  lifecycle.onClose('key store', () => storedKeys.close())
  storedKeys.noteFileKeys(config.access.keys)
  const limits = await openLimits({ config, clock, logger, ids: options.ids ?? systemIds })
  lifecycle.onClose('limits', () => limits.close())
  limits.note(config)
  const runtimeParts = { options, clock, events, storedKeys: storedKeys.keys, limitState: limits.state }
  const runtime = createRuntimeOf(config, { ...runtimeParts, previous: undefined })

  const sinkFailed = (sink: string, error: unknown): void => {
    metrics.countDropped('sink_failed')
    logger.error('a reader of records failed', { sink, error })
  }
  let leftTold = 0
  const prime = (): void => {
    const { left } = metrics.prime()
    // Each backend that lists its models asks again: what was told is not told again.
    if (left > leftTold) {
      leftTold = left
      logger.warn('not every series can start at 0', { count: left, hint: 'raise metrics.maxSeries' })
    }
  }
  const gateway: Gateway = new Gateway({
    runtime,
    clock,
    ids: options.ids ?? systemIds,
    listener: config.gateway.listen.kind,
    report: (level, message, fields) => logger[level](message, fields),
    onRecord: (record) => sinks.accept(record),
    onStage: options.onStage,
  })
  lifecycle.onClose('data plane', () => gateway.close())

  const metrics: Metrics = createMetrics({
    settings: config.telemetry.metrics,
    clock,
    live: gateway,
    build,
    routes: listRoutes(),
  })
  lifecycle.onClose('metrics', () => metrics.close())

  const requestLog = createRequestLog({ clock, logger, onFailed: () => metrics.countDropped('log_failed') })
  const sinks = createSinks(
    {
      metrics: metrics.sink,
      requestLog: config.telemetry.log.requests ? requestLog : undefined,
      observer: options.onRecord,
    },
    sinkFailed,
  )
  lifecycle.onClose('record readers', () => sinks.flush())
  // Connections that were closed by force are sealed a moment later, and still belong to the readers.
  lifecycle.onClose('requests', () => gateway.drain())

  const health = createHealthPages(() => whyNotReady(gateway))
  const metricsServer = createMetricsServer({
    path: config.telemetry.metrics.path,
    metrics,
    health,
    onFailure: (error) => logger.error('the metrics page failed', { error }),
  })
  const noteFewer = (count: number, limit: number): void =>
    logger.info('the limit of open files allows fewer connections than configured', {
      count,
      hint: `raise it (now ${limit}) or lower server.maxConnections`,
    })
  const listener = createListener(withinDescriptors(config.gateway.server, noteFewer), {
    onRequest: (request, response, isExcess) => {
      if (!health.answer(request, response)) gateway.handle(request, response, isExcess)
    },
    onMalformed: (error) => sinks.accept(toRefusedRecord(error, { clock, ids: options.ids ?? systemIds })),
    onConnections: (count) => {
      gateway.connections = count
    },
    onBroken: (socket, error) => gateway.failReceiving(socket, error),
    isBusy: (socket) => gateway.isBusy(socket),
    onHalfClosed: (socket) => gateway.noteHalfClosed(socket),
  })

  await runtime.fleet.start()
  prime()
  const metricsAddress = await open(metricsServer, config.telemetry.metrics.listen, {
    clock,
    lifecycle,
    name: 'metrics listener',
  })
  const gatewayAddress = await open(listener, config.gateway.listen, {
    clock,
    lifecycle,
    name: 'gateway listener',
  })

  return {
    gatewayAddress,
    metricsAddress,
    gateway,
    metrics,
    async apply(next) {
      const previous = gateway.runtime
      const fresh = createRuntimeOf(next, { ...runtimeParts, previous })
      await fresh.fleet.start()
      gateway.runtime = fresh
      storedKeys.noteFileKeys(next.access.keys)
      limits.note(next)
      previous.fleet.closeUnlessIn(fresh.fleet)
      metrics.setReload(true, clock.wall())
      prime()
      const late = needsRestart(config, next)
      if (late.length > 0) logger.warn('some changes take effect only after a restart', { changed: late })
    },
    noteBrokenConfig: () => metrics.setReload(false, clock.wall()),
    async stop({ windowMs = gateway.runtime.settings.server.drain, hurry } = {}) {
      const cut = await drain(gateway, { clock, windowMs, hurry })
      const unfinished = await lifecycle.close()
      return { cut, unfinished }
    },
  }
}

interface RuntimeParts {
  readonly options: WeirOptions
  readonly clock: Clock
  readonly events: ReturnType<typeof toFleetEvents>
  readonly storedKeys: StoredKeys
  readonly limitState: LimitState
  readonly previous: Runtime | undefined
}

function createRuntimeOf(
  config: Config,
  { options, clock, events, storedKeys, limitState, previous }: RuntimeParts,
): Runtime {
  const { backends } = config.gateway
  const settings =
    backends.length > 0 ? config.gateway : { ...config.gateway, backends: options.defaultBackends }
  const { lookup } = options
  const random = (options.ids ?? systemIds).random
  return createRuntime({
    ...{ settings, access: config.access, storedKeys, clock, events },
    ...{ lookup, random, previous },
    limits: { settings: config.limits, state: limitState },
  })
}

async function open(
  server: Server,
  address: ListenAddress,
  { clock, lifecycle, name }: Foundation & { name: string },
): Promise<ListenAddress> {
  const opened = await listen(server, address)
  lifecycle.onClose(name, () => closeServer(server, clock))
  return opened
}

function whyNotReady(gateway: Gateway): string[] {
  if (gateway.draining) return ['draining: shutting down']
  if (gateway.strain !== undefined) return [`overloaded: ${gateway.strain}`]
  const backends = [...gateway.backends()]
  return backends.some((backend) => backend.up === true) ? [] : ['no backend answers']
}

/** How long cancelled requests get to say so to their callers. */
const CANCEL_GRACE_MS = 1_000

async function drain(
  gateway: Gateway,
  { clock, windowMs, hurry }: { clock: Clock; windowMs: number; hurry: Promise<void> | undefined },
): Promise<number> {
  const idle = gateway.drain()
  const window = within(idle, { clock, ms: windowMs })
  const inTime = await (hurry === undefined ? window : Promise.race([window, hurry.then(() => false)]))
  if (inTime) return 0
  const cut = gateway.cancelAll()
  await within(idle, { clock, ms: CANCEL_GRACE_MS })
  return cut
}

async function within(promise: Promise<void>, { clock, ms }: { clock: Clock; ms: number }): Promise<boolean> {
  let stopTimer: (() => void) | undefined
  const late = new Promise<false>((resolve) => {
    stopTimer = clock.after(ms, () => resolve(false))
  })
  const result = await Promise.race([promise.then(() => true), late])
  stopTimer?.()
  return result
}
