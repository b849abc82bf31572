// Streamed answers: many at a steady pace (CPU per chunk), many starting at once (first token), many held open (memory).
import { readCpuMicros, readResidentBytes } from '../procfs.ts'
import { toRequest } from '../messages.ts'
import { quantile, toArrivals } from '../statistics.ts'
import { Connection } from './connection.ts'
import type { Ending } from './connection.ts'
import type { Aim, BurstJob, HoldJob, Measured, SteadyJob } from './jobs.ts'
import { MICROS_PER_MS, sleep, waitUntil } from './time.ts'

/** After the last one was asked for. Far beyond what loopback needs; a stream that is later has failed. */
const FIRST_EVENT_WITHIN_MS = 5_000
/** Longer than any stub stream in a burst lasts. */
const BURST_ENDS_WITHIN_MS = 5_000
const STEADY_OPENS_WITHIN_MS = 50
/** Any; the same for everybody. */
const SEED = 20_260_101

/** A crowd of streams, each on its own connection. */
class Crowd {
  readonly firstEventsMs: number[] = []
  events = 0
  /** Arrivals that brought events; fewer than events where a proxy was late and passed on several at once. */
  arrivals = 0
  /** Streams that ended as they should. */
  complete = 0
  problem: string | undefined
  readonly #aim: Aim
  readonly #request: Buffer
  readonly #open = new Map<Connection, { readonly startedMs: number; events: number }>()

  constructor(aim: Aim) {
    this.#aim = aim
    this.#request = toRequest({ stream: true, key: aim.key })
  }

  get open(): number {
    return this.#open.size
  }

  /** Streams that have begun and go on. */
  get alive(): number {
    let alive = 0
    for (const stream of this.#open.values()) if (stream.events > 0) alive += 1
    return alive
  }

  start(): void {
    const startedMs = performance.now()
    const connection = new Connection(this.#aim.port)
    this.#open.set(connection, { startedMs, events: 0 })
    connection.send(this.#request, this)
  }

  /** Starts `count` streams at moments that look like chance and are the same each time. */
  async startAll(count: number, withinMs: number): Promise<void> {
    const startMs = performance.now()
    for (const atMs of toArrivals(count, withinMs, SEED)) {
      const waitMs = startMs + atMs - performance.now()
      // A timer's resolution: what is due within it starts in the same turn, as callers sometimes do.
      if (waitMs >= 1) await sleep(waitMs)
      this.start()
    }
  }

  onProgress(connection: Connection): void {
    const stream = this.#open.get(connection)
    if (stream === undefined) return
    const seen = connection.reader.events
    if (seen === stream.events) return
    if (stream.events === 0) this.firstEventsMs.push(performance.now() - stream.startedMs)
    this.events += seen - stream.events
    this.arrivals += 1
    stream.events = seen
  }

  onEnd(connection: Connection, ending: Ending): void {
    if (!this.#open.delete(connection)) return
    if (ending === 'complete') {
      this.complete += 1
      connection.close()
    } else {
      this.problem ??= connection.problem
    }
  }

  /** Leaves; whoever is still open is not a failure. */
  close(): void {
    const connections = [...this.#open.keys()]
    this.#open.clear()
    for (const connection of connections) connection.close()
  }
}

export async function runSteady(aim: Aim, job: SteadyJob): Promise<Measured> {
  const crowd = new Crowd(aim)
  await crowd.startAll(job.streams, STEADY_OPENS_WITHIN_MS)
  await waitUntil(() => crowd.firstEventsMs.length === job.streams, FIRST_EVENT_WITHIN_MS)
  await sleep(job.warmMs)
  const before = {
    events: crowd.events,
    arrivals: crowd.arrivals,
    cpuMicros: readCpuMicros(aim.pids),
    ms: performance.now(),
  }
  await sleep(job.measureMs)
  const chunks = crowd.events - before.events
  const cpuMicros = readCpuMicros(aim.pids) - before.cpuMicros
  const tookMs = performance.now() - before.ms
  const failures = job.streams - crowd.alive
  crowd.close()
  if (chunks === 0) throw new Error(`no events: ${crowd.problem ?? 'silence'}`)
  const figures = {
    chunks,
    failures,
    cpuPerChunkMicros: cpuMicros / chunks,
    eventsPerArrival: chunks / (crowd.arrivals - before.arrivals),
    chunksPerSecond: (chunks / tookMs) * 1_000,
    coreShare: cpuMicros / (tookMs * MICROS_PER_MS),
  }
  return { figures, problem: crowd.problem }
}

export async function runBurst(aim: Aim, job: BurstJob): Promise<Measured> {
  const crowd = new Crowd(aim)
  await crowd.startAll(job.streams, job.withinMs)
  await waitUntil(() => crowd.open === 0, BURST_ENDS_WITHIN_MS)
  const failures = job.streams - crowd.complete
  crowd.close()
  if (crowd.firstEventsMs.length === 0) throw new Error(`no events: ${crowd.problem ?? 'silence'}`)
  const figures = {
    streams: job.streams,
    failures,
    p50Millis: quantile(crowd.firstEventsMs, 0.5),
    p99Millis: quantile(crowd.firstEventsMs, 0.99),
  }
  return { figures, problem: crowd.problem }
}

export async function runHold(aim: Aim, job: HoldJob): Promise<Measured> {
  const crowd = new Crowd(aim)
  const before = readResidentBytes(aim.pids)
  await crowd.startAll(job.streams, job.withinMs)
  await waitUntil(() => crowd.firstEventsMs.length === job.streams, FIRST_EVENT_WITHIN_MS)
  await sleep(job.holdMs)
  const grown = readResidentBytes(aim.pids) - before
  const failures = job.streams - crowd.alive
  crowd.close()
  const figures = { streams: job.streams, failures, bytesPerStream: grown / job.streams, idleBytes: before }
  return { figures, problem: crowd.problem }
}
