// Pushes spans as requests end, and metrics by the clock. Bounded: what a collector that does not answer would make wait is
// dropped and counted, and no request ever waits for it.
import type { CancelTimer, Clock } from '../../core/clock.ts'
import { sleep } from '../../core/clock.ts'
import type { RequestRecord } from '../../core/record.ts'
import type { RecordSink } from '../../core/sink.ts'
import type { MetricsReading } from '../exposition.ts'
import type { OtlpSender } from './library.ts'
import { toMetrics } from './points.ts'
import { toSpans } from './span.ts'

export interface PushOptions {
  readonly clock: Clock
  readonly sender: OtlpSender
  readonly read: () => Promise<MetricsReading>
  /** Infinity: metrics are not pushed. */
  readonly metricsEveryMs: number
  /** Requests of which no span arrived. */
  readonly onDropped: (reason: 'trace_overflow' | 'trace_failed', requests: number) => void
  /** The first failure in a row, and the end of the row. */
  readonly onTrouble: (what: 'traces' | 'metrics', error: unknown) => void
  readonly onRecovered: (what: 'traces' | 'metrics') => void
}

export interface Push {
  readonly sink: RecordSink
  /** Sends what is held, within a moment, and stops. */
  close(): Promise<void>
}

/** Records that may wait: as many as OpenTelemetry's own processor lets spans wait (`OTEL_BSP_MAX_QUEUE_SIZE`). */
const MOST_WAITING = 2_048
const MOST_IN_MESSAGE = 512
const SEND_EVERY_MS = 2_000
/** The rest of the end of a process waits behind this. */
const CLOSE_MS = 3_000

export function createPush(options: PushOptions): Push {
  const pushing = new Pushing(options)
  return {
    sink: { name: 'traces', accept: (record) => pushing.accept(record) },
    close: () => pushing.close(),
  }
}

class Pushing {
  readonly #options: PushOptions
  readonly #startMs: number
  readonly #inTrouble = new Set<'traces' | 'metrics'>()
  #waiting: RequestRecord[] = []
  /** Records in the message that is on its way. */
  #inMessage = 0
  #sending: Promise<void> | undefined
  #isClosed = false
  /** What had not arrived by then was counted as lost. */
  #isOver = false
  #spanTimer: CancelTimer | undefined
  #metricTimer: CancelTimer | undefined

  constructor(options: PushOptions) {
    this.#options = options
    this.#startMs = options.clock.wall()
    this.#planMetrics()
  }

  accept(record: RequestRecord): void {
    if (record.isTraced !== true) return
    if (this.#isClosed || this.#waiting.length >= MOST_WAITING) {
      this.#options.onDropped('trace_overflow', 1)
      return
    }
    const count = this.#waiting.push(record)
    if (count === MOST_IN_MESSAGE) void this.#sendSpans()
    else this.#spanTimer ??= this.#options.clock.after(SEND_EVERY_MS, () => void this.#sendSpans())
  }

  async close(): Promise<void> {
    const { clock, sender, metricsEveryMs } = this.#options
    this.#isClosed = true
    this.#spanTimer?.()
    this.#metricTimer?.()
    const last = Promise.all([
      this.#sendSpans(),
      metricsEveryMs === Infinity ? undefined : this.#sendMetrics(),
    ])
    await Promise.race([last, sleep(clock, CLOSE_MS)])
    this.#isOver = true
    const lost = this.#inMessage + this.#waiting.length
    if (lost > 0) this.#options.onDropped('trace_failed', lost)
    this.#waiting = []
    await Promise.race([sender.close(), sleep(clock, CLOSE_MS)])
  }

  /** Resolves when nothing waits, and nothing is on its way. */
  #sendSpans(): Promise<void> {
    this.#spanTimer?.()
    this.#spanTimer = undefined
    if (this.#waiting.length > 0) this.#sending ??= this.#sendWaiting()
    return this.#sending ?? Promise.resolve()
  }

  /** One message after the other. */
  async #sendWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const records = this.#waiting.splice(0, MOST_IN_MESSAGE)
      this.#inMessage = records.length
      const isTaken = await this.#try('traces', () =>
        this.#options.sender.sendSpans(records.flatMap(toSpans)),
      )
      if (!isTaken && !this.#isOver) this.#options.onDropped('trace_failed', records.length)
      this.#inMessage = 0
    }
    this.#sending = undefined
  }

  #planMetrics(): void {
    const { clock, metricsEveryMs } = this.#options
    if (metricsEveryMs === Infinity || this.#isClosed) return
    this.#metricTimer = clock.after(
      metricsEveryMs,
      () => void this.#sendMetrics().then(() => this.#planMetrics()),
    )
  }

  /** What is not taken is in the next message as well: all of it counts from the start. */
  async #sendMetrics(): Promise<void> {
    const { clock, sender, read } = this.#options
    await this.#try('metrics', async () => {
      const metrics = toMetrics(await read())
      await sender.sendMetrics(metrics, { startMs: this.#startMs, nowMs: clock.wall() })
    })
  }

  async #try(what: 'traces' | 'metrics', send: () => Promise<void>): Promise<boolean> {
    const { onTrouble, onRecovered } = this.#options
    try {
      await send()
      if (this.#inTrouble.delete(what)) onRecovered(what)
      return true
    } catch (thrown) {
      if (!this.#inTrouble.has(what)) onTrouble(what, thrown)
      this.#inTrouble.add(what)
      return false
    }
  }
}
