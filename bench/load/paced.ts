// Open loop: requests leave at a fixed rate whether or not the ones before are answered. Gives latency without the waiting line
// that a closed loop makes of its own (coordinated omission).
import { Worker } from 'node:worker_threads'
import { readCpuMicros } from '../procfs.ts'
import { toRequest } from '../messages.ts'
import { quantile } from '../statistics.ts'
import { Connection } from './connection.ts'
import type { Ending } from './connection.ts'
import type { Aim, Measured, PacedJob } from './jobs.ts'
import type { PacerSettings } from './pacer.ts'
import { MICROS_PER_MS, waitUntil } from './time.ts'

/** More waiting at once means that the rate is not sustained: then latency measures the length of the run. */
const MAX_WAITING = 2_000
const LAST_ANSWERS_WITHIN_MS = 3_000

class PacedRun {
  readonly latenciesMs: number[] = []
  failures = 0
  problem: string | undefined
  sent = 0
  measuring = false
  readonly #aim: Aim
  readonly #request: Buffer
  readonly #idle: Connection[] = []
  readonly #sentAtMs = new Map<Connection, number>()

  constructor(aim: Aim) {
    this.#aim = aim
    this.#request = toRequest({ stream: false, key: aim.key })
  }

  get waiting(): number {
    return this.#sentAtMs.size
  }

  send(): void {
    if (this.waiting >= MAX_WAITING) {
      this.failures += 1
      this.problem ??= `more than ${MAX_WAITING} requests were waiting`
      return
    }
    const nowMs = performance.now()
    let connection = this.#idle.pop()
    while (connection !== undefined && !connection.usable) connection = this.#idle.pop()
    connection ??= new Connection(this.#aim.port)
    this.#sentAtMs.set(connection, nowMs)
    this.sent += 1
    connection.send(this.#request, this)
  }

  onEnd(connection: Connection, ending: Ending): void {
    const sentAtMs = this.#sentAtMs.get(connection)
    if (sentAtMs === undefined) return
    this.#sentAtMs.delete(connection)
    if (ending === 'complete') {
      if (this.measuring) this.latenciesMs.push(performance.now() - sentAtMs)
      this.#idle.push(connection)
    } else {
      this.failures += 1
      this.problem ??= connection.problem
    }
  }

  close(): void {
    const waiting = [...this.#sentAtMs.keys()]
    this.failures += waiting.length
    if (waiting.length > 0) this.problem ??= `not answered within ${LAST_ANSWERS_WITHIN_MS} ms`
    this.#sentAtMs.clear()
    for (const connection of [...waiting, ...this.#idle]) connection.close()
  }
}

export async function runPaced(aim: Aim, job: PacedJob): Promise<Measured> {
  const run = new PacedRun(aim)
  const warmCount = Math.round((job.warmMs / 1_000) * job.perSecond)
  const count = warmCount + Math.round((job.measureMs / 1_000) * job.perSecond)
  let cpuBefore = 0
  let startedMs = 0
  const pacer = new Worker(new URL('./pacer.ts', import.meta.url), {
    workerData: { perSecond: job.perSecond, count } satisfies PacerSettings,
  })
  await new Promise<void>((resolve, reject) => {
    pacer.on('error', reject)
    pacer.on('exit', () => resolve())
    pacer.on('message', (index: number) => {
      if (index === warmCount) {
        run.measuring = true
        cpuBefore = readCpuMicros(aim.pids)
        startedMs = performance.now()
      }
      run.send()
    })
  })
  const tookMs = performance.now() - startedMs
  await waitUntil(() => run.waiting === 0, LAST_ANSWERS_WITHIN_MS)
  const cpuMicros = readCpuMicros(aim.pids) - cpuBefore
  run.close()
  if (run.latenciesMs.length === 0) throw new Error(`no good answer: ${run.problem ?? 'silence'}`)
  const figures = {
    requests: run.latenciesMs.length,
    failures: run.failures,
    p50Millis: quantile(run.latenciesMs, 0.5),
    p99Millis: quantile(run.latenciesMs, 0.99),
    requestsPerSecond: ((count - warmCount) / tookMs) * 1_000,
    coreShare: cpuMicros / (tookMs * MICROS_PER_MS),
  }
  return { figures, problem: run.problem }
}
