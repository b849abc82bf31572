// Measures what becomes of a request once it is over, each part by itself: sealing it, counting the record, writing its line,
// keeping it. The readers are built as the program builds them; the figure is CPU time of this process with all its threads,
// but for the one that writes records, which has a figure of its own.
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
import { STORE_THREAD, readThreadMicros } from '../procfs.ts'
import { createCacheSweep } from './cache-sweep.ts'
import { SAMPLE_NAMES } from './jobs.ts'
import type { ReadersFigures, SampleName } from './jobs.ts'
import { createKeeping } from './keeping.ts'
import type { Keeping } from './keeping.ts'
import { BACKEND, SAMPLES } from './samples.ts'
import type { Finished } from './samples.ts'

/** Between two of them the nearer caches are emptied. */
export const BATCH_RECORDS = 64
/** Batches after which records are waited for until they are in the file: about as many as are handed over at once. */
const BATCHES_BETWEEN_SETTLING = 16
/** Requests end this far apart, as they do in a gateway that is fully busy. */
const APART_MS = 0.05
/** The default of `metrics.maxSeries`. */
const MAX_SERIES = 5_000

export interface ReadersOptions {
  readonly clock: Clock
  /** Where log lines go. */
  readonly fd: number
  /** Where records are kept. */
  readonly folder: string
}

export interface Readers {
  readonly metrics: Metrics
  /** Before the first round. */
  open(): Promise<void>
  /** A round: so many batches of each kind. */
  measureAll(batches: number): Promise<ReadersFigures>
  close(): Promise<void>
}

export function createReaders({ clock, fd, folder }: ReadersOptions): Readers {
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
  const keeping = createKeeping({ clock, folder })
  const stopwatch = new Stopwatch({ clock, logger, metrics: metrics.sink, requestLog, keeping })
  const countAllLost = async (): Promise<number> => (await countLost(metrics, logger)) + keeping.lost

  const measure = async (name: SampleName, batches: number): Promise<Figures> => {
    const lostBefore = await countAllLost()
    const times = await stopwatch.measure(name, batches)
    const failures = (await countAllLost()) - lostBefore
    return toFigures(times, { records: batches * BATCH_RECORDS, failures })
  }
  return {
    metrics,
    open: () => keeping.open(),
    async measureAll(batches) {
      const figures: [SampleName, Figures][] = []
      for (const name of SAMPLE_NAMES) figures.push([name, await measure(name, batches)])
      return Object.fromEntries(figures) as ReadersFigures
    },
    async close() {
      metrics.close()
      await logger.close()
      await keeping.close()
    },
  }
}

/** CPU microseconds of many records. */
export interface PartTimes {
  readonly record: number
  readonly metrics: number
  readonly log: number
  readonly kept: number
  /** Of the thread that writes records. */
  readonly written: number
}

export function toFigures(
  times: PartTimes,
  { records, failures }: { readonly records: number; readonly failures: number },
): Figures {
  return {
    failures,
    togetherMicros: (times.record + times.metrics + times.log + times.kept) / records,
    recordMicros: times.record / records,
    metricsMicros: times.metrics / records,
    logMicros: times.log / records,
    keptMicros: times.kept / records,
    writtenMicros: times.written / records,
  }
}

interface Measured {
  readonly clock: Clock
  readonly logger: RootLogger
  readonly metrics: RecordSink
  readonly requestLog: RecordSink
  readonly keeping: Keeping
}

class Stopwatch {
  readonly #readers: Measured
  readonly #sweep = createCacheSweep()

  constructor(readers: Measured) {
    this.#readers = readers
  }

  async measure(name: SampleName, batches: number): Promise<PartTimes> {
    const { metrics, requestLog, logger, keeping } = this.#readers
    const times = { record: 0, metrics: 0, log: 0, kept: 0, written: 0 }
    for (let batch = 0; batch < batches; batch += 1) {
      const finished = this.#finish(name)
      const records: RequestRecord[] = []
      times.record += await this.#time(() => {
        for (const { exchange, endedMs } of finished) records.push(seal(exchange, endedMs))
      })
      times.metrics += await this.#time(() => this.#hand(records, metrics))
      times.log += await this.#time(() => {
        this.#hand(records, requestLog)
        // Another thread writes the batch; that is part of what a line costs.
        return logger.flush()
      })
      times.kept += await this.#time(() => this.#hand(records, keeping))
      if ((batch + 1) % BATCHES_BETWEEN_SETTLING === 0 || batch + 1 === batches) await this.#settle(times)
    }
    return times
  }

  /** The handing over, and what the other thread makes of it. */
  async #settle(times: { kept: number; written: number }): Promise<void> {
    const readWritten = (): number => readThreadMicros([process.pid], STORE_THREAD)
    const writtenBefore = readWritten()
    const wholeMicros = await spend(() => this.#readers.keeping.settle())
    const writtenMicros = readWritten() - writtenBefore
    times.written += writtenMicros
    times.kept += wholeMicros - writtenMicros
  }

  #finish(name: SampleName): Finished[] {
    const { clock } = this.#readers
    const [ms, wallMs] = [clock.now(), clock.wall()]
    return Array.from({ length: BATCH_RECORDS }, (_, index) =>
      SAMPLES[name]({ ms: ms + index * APART_MS, wallMs: wallMs + index * APART_MS }),
    )
  }

  #hand(records: readonly RequestRecord[], reader: Pick<RecordSink, 'accept' | 'flush'>): void {
    for (const record of records) reader.accept(record)
    // Nothing is left by now, as long as a reader's batch is not larger than ours.
    void reader.flush?.()
  }

  #time(work: () => void | Promise<void>): Promise<number> {
    this.#sweep()
    return spend(work)
  }
}

/**
 * CPU microseconds of all threads. Not `threadCpuUsage`, which Linux brings up to date with the clock's ticks only
 * (getrusage(2), RUSAGE_THREAD): here a step takes less than a tick.
 */
async function spend(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  const pending = work()
  if (pending !== undefined) await pending
  const { user, system } = process.cpuUsage(before)
  return user + system
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
