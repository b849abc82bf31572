// The thread that speaks to PostgreSQL, so that making its texts takes nothing from requests. It opens the store with the
// first question, and again after every time that failed: a gateway starts without its server, and finds it later.
import { parentPort, workerData } from 'node:worker_threads'
import { sleep, systemClock } from '../../core/clock.ts'
import { Secret } from '../../core/secret.ts'
import { buffersOf } from '../codec/pack.ts'
import { unpack } from '../codec/unpack.ts'
import type { PackedBatch } from '../packed-store.ts'
import type { Answer, Asked } from '../thread.ts'
import { toStoreError } from './failure.ts'
import type { Calls, Question, ThreadData } from './protocol.ts'
import { openPostgresStore, type PostgresStore } from './store.ts'

const { url, shown } = workerData as ThreadData
const place = { kind: 'postgres', secret: new Secret(url), shown } as const

const PATIENCE_MS = 1_000

let opening: Promise<PostgresStore> | undefined

async function open(): Promise<PostgresStore> {
  opening ??= openPostgresStore({ place, clock: systemClock })
  try {
    return await opening
  } catch (thrown) {
    opening = undefined
    throw thrown
  }
}

/** Not later because of a server that is still waited for: this thread ends anyway. */
async function close(): Promise<void> {
  const opened = opening?.catch(() => undefined)
  const store = await Promise.race([opened, sleep(systemClock, PATIENCE_MS)])
  if (store !== undefined) await store.close()
}

const calls: Calls = {
  open: async () => void (await open()),
  writePacked: async ({ packed, contents, minutes }) =>
    (await open()).write({ records: unpack(packed), contents, minutes }),
  page: async (query) => (await open()).page(query),
  slice: async (filter, from) => (await open()).slice(filter, from),
  find: async (id) => (await open()).find(id),
  content: async (id) => (await open()).content(id),
  aggregate: async (query) => (await open()).aggregate(query),
  sumMinutes: async (from, to) => (await open()).sumMinutes(from, to),
  minutes: async (query) => (await open()).minutes(query),
  retain: async (retention, nowMs) => (await open()).retain(retention, nowMs),
  purge: async (query) => (await open()).purge(query),
  bytes: async () => (await open()).bytes(),
  readDocument: async (name) => (await open()).documents.read(name),
  writeDocument: async (name, text) => (await open()).documents.write(name, text),
  removeDocument: async (name) => (await open()).documents.remove(name),
  listDocuments: async (prefix) => (await open()).documents.list(prefix),
  lead: async () => (await open()).election.lead(),
  resign: async () => (await open()).election.resign(),
  close,
}

async function answer({ id, question }: Asked<Question>): Promise<void> {
  const { name, args } = question
  try {
    // Each call takes what was asked with its own name.
    const call = calls[name] as (...args: readonly unknown[]) => Promise<unknown>
    parentPort?.postMessage({ id, value: await call(...args) } satisfies Answer)
  } catch (thrown) {
    const { reason, message } = toStoreError(thrown, shown)
    const packed = name === 'writePacked' ? (args[0] as PackedBatch).packed : undefined
    const said: Answer = { id, refusal: { reason, message }, ...(packed !== undefined && { packed }) }
    parentPort?.postMessage(said, packed === undefined ? [] : buffersOf(packed))
  }
}

parentPort?.on('message', (asked: Asked<Question>) => void answer(asked))
