// Measures what becomes of a request once it is over, each part by itself: sealing it, counting the record, writing its line.
// The readers are built as the program builds them; the figure is CPU time of this process with all its threads.
import type { Clock } from '../../src/core/clock.ts'
import type { LiveState } from '../../src/core/live.ts'
import type { RequestRecord } from '../../src/core/record.ts'
import type { RecordSink } from '../../src/core/sink.ts'
import { listRoutes } from '../../src/gateway/http/routes.ts'
import { seal } from '../../src/gateway/seal.ts'
import { LOSS_METRICS } from '../../src/telemetry/catalogue/gateway.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import type { RootLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/registry.ts'
import type { Metrics } from '../../src/telemetry/registry.ts'
import { createRequestLog } from '../../src/telemetry/request-log.ts'
import type { Figures } from '../load/jobs.ts'
import { MODEL } from '../messages.ts'
import { createCacheSweep } from './cache-sweep.ts'
import { SAMPLE_NAMES } from './jobs.ts'
import type { ReadersFigures, SampleName } from './jobs.ts'
import { BACKEND, SAMPLES } from './samples.ts'
import type { Finished } from './samples.ts'

/** As many as both readers take up at once. */
export const BATCH_RECORDS = 64
/** Requests end this far apart, as they do in a gateway that is fully busy. */
const APART_MS = 0.05
/** The default of `metrics.maxSeries`. */
const MAX_SERIES = 5_000

export interface ReadersOptions {
  readonly clock: Clock
  /** Where log lines go. */
  readonly fd: number
}

export interface Readers {
  readonly metrics: Metrics
  /** A round: so many batches of each kind. */
  measureAll(batches: number): Promise<ReadersFigures>
  close(): Promise<void>
}

export function createReaders({ clock, fd }: ReadersOptions): Readers {
  const logger = createLogger({ level: 'info', format: 'json', clock, fd })
  const metrics = createMetrics({
    settings: { maxSeries: MAX_SERIES, tenants: false },
    clock,
    live: STANDING_STILL,
    build: { version: 'bench', commit: 'bench' },
    routes: listRoutes(),
  })
  metrics.prime()
  const requestLog = createRequestLog({ clock, logger, onFailed: () => metrics.countDropped('log_failed') })
  const stopwatch = new Stopwatch({ clock, logger, metrics: metrics.sink, requestLog })

  const measure = async (name: SampleName, batches: number): Promise<Figures> => {
    const lostBefore = await countLost(metrics, logger)
    const times = await stopwatch.measure(name, batches)
    const failures = (await countLost(metrics, logger)) - lostBefore
    return toFigures(times, { records: batches * BATCH_RECORDS, failures })
  }
  return {
    metrics,
    async measureAll(batches) {
      const figures: [SampleName, Figures][] = []
      for (const name of SAMPLE_NAMES) figures.push([name, await measure(name, batches)])
      return Object.fromEntries(figures) as ReadersFigures
    },
    async close() {
      metrics.close()
      await logger.close()
    },
  }
}

/** CPU microseconds of many records. */
export interface PartTimes {
  readonly record: number
  readonly metrics: number
  readonly log: number
}

export function toFigures(
  times: PartTimes,
  { records, failures }: { readonly records: number; readonly failures: number },
): Figures {
  return {
    failures,
    togetherMicros: (times.record + times.metrics + times.log) / records,
    recordMicros: times.record / records,
    metricsMicros: times.metrics / records,
    logMicros: times.log / records,
  }
}

interface Measured {
  readonly clock: Clock
  readonly logger: RootLogger
  readonly metrics: RecordSink
  readonly requestLog: RecordSink
}

class Stopwatch {
  readonly #readers: Measured
  readonly #sweep = createCacheSweep()

  constructor(readers: Measured) {
    this.#readers = readers
  }

  async measure(name: SampleName, batches: number): Promise<PartTimes> {
    const times = { record: 0, metrics: 0, log: 0 }
    for (let batch = 0; batch < batches; batch += 1) {
      const finished = this.#finish(name)
      const records: RequestRecord[] = []
      times.record += await this.#time(() => {
        for (const { exchange, endedMs } of finished) records.push(seal(exchange, endedMs))
      })
      times.metrics += await this.#time(() => this.#hand(records, this.#readers.metrics))
      times.log += await this.#time(() => {
        this.#hand(records, this.#readers.requestLog)
        // Another thread writes the batch; that is part of what a line costs.
        return this.#readers.logger.flush()
      })
    }
    return times
  }

  #finish(name: SampleName): Finished[] {
    const { clock } = this.#readers
    const [ms, wallMs] = [clock.now(), clock.wall()]
    return Array.from({ length: BATCH_RECORDS }, (_, index) =>
      SAMPLES[name]({ ms: ms + index * APART_MS, wallMs: wallMs + index * APART_MS }),
    )
  }

  #hand(records: readonly RequestRecord[], reader: RecordSink): void {
    for (const record of records) reader.accept(record)
    // Nothing is left by now, as long as a reader's batch is not larger than ours.
    void reader.flush?.()
  }

  async #time(work: () => void | Promise<void>): Promise<number> {
    this.#sweep()
    const before = process.cpuUsage()
    const pending = work()
    if (pending !== undefined) await pending
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
}

const DROPPED_LINE = new RegExp(`^${LOSS_METRICS.recordsDropped.name}\\{.*\\} (\\d+)$`, 'gm')

/** Records that a reader could not keep. */
async function countLost(metrics: Metrics, logger: RootLogger): Promise<number> {
  const { body } = await metrics.render()
  const dropped = [...body.matchAll(DROPPED_LINE)].map(([, count]) => Number(count))
  return dropped.reduce((sum, count) => sum + count, logger.dropped())
}

/** What the metrics look up about the gateway: which models and backends there are. */
const STANDING_STILL: LiveState = {
  connections: 0,
  opened: 0,
  sealed: 0,
  inflight: () => [],
  models: () => [MODEL],
  fallbacks: () => [],
  backends: () => [
    {
      ...BACKEND,
      version: undefined,
      listed: undefined,
      up: true,
      probeSeconds: undefined,
      circuit: 'closed',
      state: 'available',
      reason: '',
      memory: [],
      slowModels: [],
      pool: { connected: 0, free: 0, running: 0, pending: 0 },
      slotsInUse: 0,
      slotsLimit: undefined,
      queueDepth: 0,
      models: [MODEL],
    },
  ],
}
