// What keeping records costs and how fast they are found: builds a file of a million records as a day of traffic would, asks the
// questions people ask, and writes for a minute at a steady rate. Run by hand: `node bench/records.ts [--rows N] [--seconds N]`.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/core/clock.ts'
import { GAP_BOUNDS_S } from '../src/core/buckets.ts'
import type { Attempt, RequestRecord } from '../src/core/record.ts'
import type { Verdict } from '../src/core/verdict.ts'
import { createRecordBuffer } from '../src/records/buffer/buffer.ts'
import { createSqliteStore, toRecordsFile, type SqliteStore } from '../src/records/sqlite/store.ts'
import type { Retention, StoredRecord } from '../src/records/store.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '2000' },
  },
})
const ROWS = Number(values.rows)
const SECONDS = Number(values.seconds)
const RATE = Number(values.rate)

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const BATCH = 1_000
const TRIES = 9
const MIB = 1_048_576
const BOUNDS_MS = GAP_BOUNDS_S.map((seconds) => seconds * 1_000)
const FOREVER: Retention = { recordsMs: 9e15, minutesMs: 9e15, hoursMs: 9e15, maxBytes: undefined }

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** The same numbers each time. */
let seed = 20_261_121
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
const some = (most: number): number => Math.floor(random() * most)

const MODELS = ['qwen3:4b', 'qwen3:32b', 'llama3.3:70b', 'gpt-oss:20b', 'gemma3:12b', 'bge-m3']
const BACKENDS = ['ollama-1', 'ollama-2', 'vllm-1', 'vllm-2']

function toIndexId(index: number): string {
  return `req_${createHash('md5').update(String(index)).digest('hex')}`
}

function toPhases(durationMs: number, firstTokenMs: number): RequestRecord['phases'] {
  const own = random() / 4
  return {
    ...{ receive: random() / 8, authenticate: random() / 50, limit: random() / 50, guard: 0 },
    ...{ queue: random() < 0.2 ? random() * 500 : 0, retry: 0, connect: random(), load: 0 },
    ...{ prefill: firstTokenMs - own, decode: durationMs - firstTokenMs, 'client-stall': 0, gateway: own },
  }
}

/** A streamed chat with two attempts now and then, one in a hundred failed. */
function toRecord(index: number, startedAtMs: number): RequestRecord {
  const durationMs = 200 + random() * random() * 20_000
  const firstTokenMs = durationMs * random() * 0.3
  const isBad = random() < 0.01
  const [model, backend] = [pick(MODELS), pick(BACKENDS)]
  const key = `key-${Math.floor(random() * random() * 40)}`
  const outputTokens = 2 + some(600)
  const attempt: Attempt = {
    ...{
      backend,
      provider: 'ollama',
      startedMs: random(),
      connectedMs: 1 + random(),
      firstByteMs: firstTokenMs,
    },
    ...{ firstTokenMs, endedMs: durationMs, result: isBad ? 'error' : 'success', status: isBad ? 502 : 200 },
    code: isBad ? 'backend_error' : undefined,
  }
  const record: RequestRecord = {
    ...{ id: toIndexId(index), traceId: undefined, parentSpanId: undefined, isTraced: undefined },
    ...{ startedAtMs, durationMs },
    ...{ method: 'POST', endpoint: '/v1/chat/completions', dialect: 'openai', operation: 'chat' },
    ...{ modelAsked: model, modelRouted: model, fallbackFrom: undefined, fallbackReason: undefined },
    ...{ modelAnswered: model, backend, provider: 'ollama', key, tenant: `tenant-${key}`, stream: true },
    ...{ requestBytes: some(20_000), responseBytes: some(40_000), promptBytes: some(18_000) },
    usage: { promptTokens: some(6_000), outputTokens, cachedTokens: undefined, reasoningTokens: undefined },
    ...{ cost: { micros: some(5_000), currency: 'CNY' }, finishReason: 'stop', queued: undefined },
    attempts: random() < 0.02 ? [attempt, attempt] : [attempt],
    ...{ phases: toPhases(durationMs, firstTokenMs), firstTokenMs },
    gaps: {
      boundsMs: BOUNDS_MS,
      counts: [...BOUNDS_MS.map(() => (random() < 0.4 ? some(100) : 0)), 0],
      ...{ count: outputTokens, sumMs: durationMs - firstTokenMs, maxMs: random() * 500 },
    },
    ...{ stalls: 0, cold: false, offloadRatio: undefined, loopStallMs: 0 },
    ...{ outcome: isBad ? 'backend_error' : 'ok', code: isBad ? 'backend_error' : undefined },
    ...{ blame: isBad ? 'backend' : undefined, status: isBad ? 502 : 200, interruptedBy: undefined },
    ...{ shed: undefined, estimated: { usage: false, phases: true } },
  }
  return Object.freeze(record)
}

function toVerdict({ durationMs }: RequestRecord): Verdict | undefined {
  if (durationMs < 3_000) return { cause: 'nothing', shareRatio: 0, text: 'nothing unusual' }
  return { cause: 'decode', shareRatio: random(), text: `slow decode ${some(100)}.1 tok/s, usual 38` }
}

function toStored(index: number, startedAtMs: number): StoredRecord {
  const record = toRecord(index, startedAtMs)
  return { record, verdict: toVerdict(record) }
}

const threadMs = (): number => process.threadCpuUsage().user / 1_000 + process.threadCpuUsage().system / 1_000
const processMs = (): number => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000

async function build(store: SqliteStore, endMs: number): Promise<void> {
  const startedMs = performance.now()
  for (let at = 0; at < ROWS; at += BATCH) {
    const records = Array.from({ length: Math.min(BATCH, ROWS - at) }, (_, place) =>
      toStored(at + place, Math.floor(endMs - DAY_MS + ((at + place) / ROWS) * DAY_MS)),
    )
    await store.write({ records, contents: [], minutes: [] })
  }
  const seconds = (performance.now() - startedMs) / 1_000
  const bytes = await store.bytes()
  say(`${ROWS} records of a day, made and written in ${seconds.toFixed(1)} s`)
  say(`file: ${(bytes / MIB).toFixed(0)} MiB, ${(bytes / ROWS).toFixed(0)} bytes a record\n`)
}

async function time(what: string, ask: () => Promise<unknown>): Promise<void> {
  const took: number[] = []
  // The first starts the thread that looks.
  for (let attempt = 0; attempt <= TRIES; attempt += 1) {
    const startedMs = performance.now()
    await ask()
    if (attempt > 0) took.push(performance.now() - startedMs)
  }
  took.sort((one, other) => one - other)
  const [median = Number.NaN, worst = Number.NaN] = [took[Math.floor(TRIES / 2)], took[TRIES - 1]]
  say(`${what.padEnd(52)} ${median.toFixed(1).padStart(8)} ms  (at most ${worst.toFixed(1)})`)
}

async function ask(store: SqliteStore, endMs: number): Promise<void> {
  const lastHour = { sinceMs: endMs - HOUR_MS }
  const page = (filter: Parameters<SqliteStore['scan']>[0]) => () => store.page({ filter, limit: 50 })
  const quantiles = [0.5, 0.95, 0.99]
  await time('page: the latest', page({}))
  await time('page: failed', page({ status: { from: 500, to: 599 } }))
  await time('page: last hour, of a key', page({ ...lastHour, key: 'key-7' }))
  await time(
    'page: last hour, model by pattern, slow',
    page({ ...lastHour, model: 'qwen3*', slowerThanMs: 10_000 }),
  )
  await time('page: last hour, nothing fits', page({ ...lastHour, slowerThanMs: 1e6 }))
  await time('page: whole day, nothing fits', page({ slowerThanMs: 1e6 }))
  await time('p50, p95, p99 of duration, last hour', () =>
    store.aggregate({ filter: lastHour, measure: 'duration', quantiles, by: [] }),
  )
  await time('the same of the first token, by model', () =>
    store.aggregate({ filter: lastHour, measure: 'firstToken', quantiles, by: ['model'] }),
  )
  await time('the same per token, by model and backend', () =>
    store.aggregate({ filter: lastHour, measure: 'perToken', quantiles, by: ['model', 'backend'] }),
  )
  await time('p95 of duration, whole day', () =>
    store.aggregate({ filter: {}, measure: 'duration', quantiles, by: [] }),
  )
  await time('one by its id', () => store.find(toIndexId(Math.floor(ROWS / 2))))
}

/** Through the buffer, as a gateway writes. */
async function sustain(store: SqliteStore): Promise<void> {
  let dropped = 0
  const buffer = createRecordBuffer({
    ...{ clock: systemClock, store },
    verdictOf: toVerdict,
    onDropped: (_reason, count) => void (dropped += count),
    onTrouble: ({ message }) => say(message),
    onRecovered: () => undefined,
    onBroken: (error) => say(String(error)),
  })
  const EVERY_MS = 10
  const records = Array.from({ length: RATE }, (_, at) => toRecord(at + ROWS, 0))
  let accepted = 0
  let acceptMs = 0
  let most = 0
  const [threadBefore, processBefore, startedMs] = [threadMs(), processMs(), performance.now()]
  while (accepted < RATE * SECONDS) {
    const due = Math.min(RATE * SECONDS, Math.floor(((performance.now() - startedMs) / 1_000) * RATE))
    const fresh = records.slice(0, due - accepted).map((record, at) => ({
      ...record,
      id: toIndexId(ROWS + accepted + at),
      startedAtMs: Date.now(),
    }))
    const beforeMs = performance.now()
    for (const record of fresh) buffer.sink.accept(record)
    acceptMs += performance.now() - beforeMs
    accepted += fresh.length
    most = Math.max(most, buffer.held)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  await buffer.close()
  const [thread, whole] = [threadMs() - threadBefore, processMs() - processBefore]
  const seconds = (performance.now() - startedMs) / 1_000
  const perRecord = (ms: number): string => `${((ms * 1_000) / accepted).toFixed(2)} µs`
  say(
    `\n${accepted} records in ${seconds.toFixed(1)} s beside them, ${dropped} dropped, at most ${most} waiting`,
  )
  say(`CPU a record: accept ${perRecord(acceptMs)}; store and helpers ${perRecord(whole - thread)}`)
}

async function remove(store: SqliteStore, endMs: number): Promise<void> {
  const startedMs = performance.now()
  const keptMs = DAY_MS * 0.9
  const { records } = await store.retain({ ...FOREVER, recordsMs: keptMs }, endMs)
  const took = performance.now() - startedMs
  say(
    `${records} old records removed in ${(took / 1_000).toFixed(1)} s, file ${((await store.bytes()) / MIB).toFixed(0)} MiB`,
  )
}

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-records-'))
const store = createSqliteStore({ file: toRecordsFile(folder), mode: 'own' })
try {
  const endMs = Date.now()
  await build(store, endMs)
  await ask(store, endMs)
  await sustain(store)
  await remove(store, endMs)
} finally {
  await store.close()
  rmSync(folder, { recursive: true })
}
