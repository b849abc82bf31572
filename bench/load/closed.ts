// Closed loop: a fixed number of connections, each asking again as soon as it is answered. Gives CPU time per request.
import { STORE_THREAD, readCpuMicros, readThreadMicros } from '../procfs.ts'
import { ANSWER_BODY_LENGTH, toRequest } from '../messages.ts'
import { Connection } from './connection.ts'
import type { Ending } from './connection.ts'
import type { Aim, ClosedJob, Measured } from './jobs.ts'
import { MICROS_PER_MS, sleep } from './time.ts'

export async function runClosed(aim: Aim, job: ClosedJob): Promise<Measured> {
  const request = toRequest({ stream: false, key: aim.key })
  const connections = new Set<Connection>()
  let requests = 0
  let failures = 0
  let problem: string | undefined
  const onEnd = (connection: Connection, ending: Ending): void => {
    if (ending === 'closed') return
    if (ending === 'complete' && isWhole(connection)) {
      requests += 1
      connection.send(request, listener)
      return
    }
    failures += 1
    problem ??= connection.problem
    connections.delete(connection)
    // Later, so that a proxy that is down is not asked in an endless tight loop.
    setTimeout(open, RETRY_MS)
  }
  const listener = { onEnd }
  let over = false
  const open = (): void => {
    if (over) return
    const connection = new Connection(aim.port)
    connections.add(connection)
    connection.send(request, listener)
  }
  for (let count = 0; count < job.connections; count += 1) open()

  await sleep(job.warmMs)
  const before = { requests, ...readCpu(aim.pids), ms: performance.now() }
  await sleep(job.measureMs)
  const measured = requests - before.requests
  const after = readCpu(aim.pids)
  const cpuMicros = after.cpuMicros - before.cpuMicros
  const storeMicros = after.storeMicros - before.storeMicros
  const tookMs = performance.now() - before.ms
  over = true
  for (const connection of connections) connection.close()
  if (measured === 0) throw new Error(`no good answer: ${problem ?? 'silence'}`)
  const figures = {
    requests: measured,
    failures,
    cpuPerRequestMicros: (cpuMicros - storeMicros) / measured,
    storePerRequestMicros: storeMicros / measured,
    wholePerRequestMicros: cpuMicros / measured,
    requestsPerSecond: (measured / tookMs) * 1_000,
    coreShare: cpuMicros / (tookMs * MICROS_PER_MS),
  }
  return { figures, problem }
}

const RETRY_MS = 10

/** What a request costs while it is served, and what becomes of its record beside the others that are. */
function readCpu(pids: readonly number[]): { readonly cpuMicros: number; readonly storeMicros: number } {
  return { cpuMicros: readCpuMicros(pids), storeMicros: readThreadMicros(pids, STORE_THREAD) }
}

/** A proxy may choose another framing; then the body has that framing's bytes too. */
function isWhole(connection: Connection): boolean {
  return connection.reader.bodyBytes >= ANSWER_BODY_LENGTH
}
