// The composition root: what there is, in the order in which it is made. It introduces the data plane to those who watch it.
import type { ListenAddress } from '../config/fields.ts'
import type { Config } from '../config/resolve.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import { systemIds, type Ids } from '../core/ids.ts'
import type { ContentSink } from '../core/content.ts'
import type { RequestRecord } from '../core/record.ts'
import type { GatewaySettings } from '../gateway/config.ts'
import { Gateway } from '../gateway/gateway.ts'
import { listRoutes } from '../gateway/http/routes.ts'
import type { Lookup } from '../gateway/upstream/dial/name-cache.ts'
import type { ServiceLevelsRead } from '../slo/read-port.ts'
import type { RootLogger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/registry.ts'
import { openAlerting, type AlertingOfApp } from './alerting.ts'
import type { Build } from './asked.ts'
import { openCollectors } from './collectors.ts'
import { drain } from './drain.ts'
import { toFleetEvents } from './fleet-log.ts'
import { createExplaining } from './explaining.ts'
import { createGaugeReader } from './gauges.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { openLimits, type LimitsOfApp } from './limits.ts'
import { openListeners } from './listeners.ts'
import { openSender } from './otlp.ts'
import { openReaders, type Readers } from './readers.ts'
import { openRecords, type RecordsOfApp } from './records.ts'
import { needsRestart } from './restart.ts'
import { toThresholds } from './thresholds.ts'
import { createRuntimeMaker, type RuntimeMaker } from './runtimes.ts'
import { openServiceLevels, type ServiceLevelsOfApp } from './service-levels.ts'
import { openStoredKeys, type StoredKeysOfApp } from './stored-keys.ts'

export interface WeirOptions {
  readonly config: Config
  /** Stands in for `config.gateway.backends` when that is empty. */
  readonly defaultBackends: GatewaySettings['backends']
  readonly logger: RootLogger
  readonly build: Build
  readonly clock?: Clock
  readonly ids?: Ids
  /** Resolves the names of backends instead of the system; for tests. */
  readonly lookup?: Lookup
  /** Also gets every record; for tests. */
  readonly onRecord?: (record: RequestRecord) => void
  readonly onStage?: (requestId: string, stage: string) => void
  /** Gets what was said in requests, where that is to be kept, before anything is taken out of it; for tests. */
  readonly onContent?: ContentSink['accept']
}

export interface Weir {
  readonly gatewayAddress: ListenAddress
  readonly metricsAddress: ListenAddress
  readonly gateway: Gateway
  readonly metrics: Metrics
  readonly serviceLevels: ServiceLevelsRead
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

async function construct(options: WeirOptions, { clock, lifecycle }: Foundation): Promise<Weir> {
  const { config, logger, build, defaultBackends, lookup, ids = systemIds } = options
  const storedKeys = openStoredKeys({ dataDir: config.dataDir, clock, logger })
  lifecycle.onClose('key store', () => storedKeys.close())
  storedKeys.noteFileKeys(config.access.keys)

  const limits = await openLimits({ config, clock, logger, ids })
  lifecycle.onClose('limits', () => limits.close())
  limits.note(config)

  const collectors = openCollectors({ config, clock, logger, lifecycle, runtime: () => gateway.runtime })
  const levels = openServiceLevels({
    ...{ config, clock, logger, routes: listRoutes(), read: createGaugeReader(collectors.machine) },
    live: { backends: () => gateway.backends(), models: () => gateway.models() },
  })
  const explaining = createExplaining({ clock, logger })
  const records = await openRecords({
    ...{ config, clock, logger, lifecycle, counter: levels.counter, verdictOf: explaining.verdictOf },
    onDropped: (reason, count) => readers.metrics.countDropped(reason, count),
  })

  const events = toFleetEvents(logger, () => readers.prime())
  const makeRuntime = createRuntimeMaker({
    ...{ clock, ids, events, defaultBackends, lookup },
    ...{ storedKeys: storedKeys.keys, limitState: limits.state },
  })
  const gateway: Gateway = new Gateway({
    ...{ clock, ids, runtime: makeRuntime(config, undefined) },
    listener: config.gateway.listen.kind,
    report: (level, message, fields) => logger[level](message, fields),
    onRecord: (record) => readers.accept(record),
    onStage: options.onStage,
    ...toContentTaker(options, records),
  })
  lifecycle.onClose('data plane', () => gateway.close())

  const alerting = openAlerting({ config, documents: records.store?.documents, clock, ids, logger })
  lifecycle.onClose('alerting', () => alerting.close())

  const sender = await openSender({ config, build })
  const readers: Readers = openReaders({
    sender,
    ...{ clock, logger, lifecycle, build, telemetry: config.telemetry, live: gateway },
    ...{ records: records.sink, objectives: () => levels.live(), alerts: () => alerting.live() },
    ...{ thresholds: toThresholds(config.serviceLevels), collected: collectors },
    observer: options.onRecord,
  })
  // Connections that were closed by force are sealed a moment later, and still belong to the readers.
  lifecycle.onClose('requests', () => gateway.drain())

  if (records.store !== undefined) void explaining.learn(records.store)
  await gateway.runtime.fleet.start()
  collectors.start()
  readers.prime()
  const evaluating = levels.start({
    store: records.store,
    blame: records.store === undefined ? undefined : explaining.createBlame(records.store),
    onAlerts: (alerts) => void alerting.evaluate(alerts),
    onStandDown: () => alerting.standDown(),
  })
  lifecycle.onClose('service levels', () => evaluating.close())
  const addresses = await openListeners({
    ...{ config, clock, ids, logger, lifecycle, gateway, readers, alerting },
  })
  const apply = createApply({
    ...{ options, clock, storedKeys, limits, records, makeRuntime, gateway, readers, alerting, levels },
  })
  return {
    ...addresses,
    ...{ gateway, metrics: readers.metrics, serviceLevels: levels, apply },
    noteBrokenConfig: () => readers.metrics.setReload(false, clock.wall()),
    async stop({ windowMs = gateway.runtime.settings.server.drain, hurry } = {}) {
      const cut = await drain(gateway, { clock, windowMs, hurry })
      const unfinished = await lifecycle.close()
      return { cut, unfinished }
    },
  }
}

/** Where nothing is kept, nothing is captured. */
function toContentTaker(
  { onContent }: WeirOptions,
  { contents }: RecordsOfApp,
): { onContent?: ContentSink['accept'] } {
  if (onContent !== undefined) return { onContent }
  return contents === undefined ? {} : { onContent: (content) => contents.accept(content) }
}

interface ApplyParts {
  readonly options: WeirOptions
  readonly clock: Clock
  readonly storedKeys: StoredKeysOfApp
  readonly limits: LimitsOfApp
  readonly records: RecordsOfApp
  readonly makeRuntime: RuntimeMaker
  readonly gateway: Gateway
  readonly readers: Readers
  readonly alerting: AlertingOfApp
  readonly levels: ServiceLevelsOfApp
}

/** From one configuration to the next: new requests change over in one step, when every backend of the new one was asked. */
function createApply(parts: ApplyParts): Weir['apply'] {
  const { options, clock, storedKeys, limits, records, makeRuntime, gateway, readers, alerting, levels } =
    parts
  const { config, logger } = options
  return async (next) => {
    const previous = gateway.runtime
    const fresh = makeRuntime(next, previous)
    await fresh.fleet.start()
    gateway.runtime = fresh
    storedKeys.noteFileKeys(next.access.keys)
    limits.note(next)
    records.note(next)
    alerting.apply(next)
    levels.apply(next)
    previous.fleet.closeUnlessIn(fresh.fleet)
    readers.metrics.setReload(true, clock.wall())
    readers.prime()
    const late = needsRestart(config, next)
    if (late.length > 0) logger.warn('some changes take effect only after a restart', { changed: late })
  }
}
