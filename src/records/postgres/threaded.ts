// The record store in PostgreSQL as a gateway has it: in a thread of its own, which is started by the first question and again
// by the next one after it died. It keeps the process alive only while an answer is owed.
import { Worker } from 'node:worker_threads'
import { RecordPacker, buffersOf } from '../codec/pack.ts'
import type { StorePlace } from '../config.ts'
import { RefusedBatch, type PackedStore } from '../packed-store.ts'
import { RecordStoreError } from '../store.ts'
import type { Answer, Asked, Calls, Result, ThreadData } from './protocol.ts'
import { scanBy } from './reading.ts'

/** Compiled, it is JavaScript beside us. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

type PostgresPlace = Extract<StorePlace, { kind: 'postgres' }>

/** Opens nothing yet. */
export function createPostgresStore(place: PostgresPlace): PackedStore {
  const thread = new PostgresThread(place)
  const { ask } = thread
  const writePacked: PackedStore['writePacked'] = (batch) =>
    ask('writePacked', [batch], buffersOf(batch.packed))
  let closing: Promise<void> | undefined
  return {
    open: () => ask('open', []),
    writePacked,
    write({ records, contents, minutes }) {
      const packer = new RecordPacker()
      for (const stored of records) packer.add(stored)
      return writePacked({ packed: packer.take(), contents, minutes })
    },
    page: (query) => ask('page', [query]),
    find: (id) => ask('find', [id]),
    scan: (filter) => scanBy((from) => ask('slice', [filter, from])),
    aggregate: (query) => ask('aggregate', [query]),
    content: (id) => ask('content', [id]),
    sumMinutes: (from, to) => ask('sumMinutes', [from, to]),
    minutes: (query) => ask('minutes', [query]),
    retain: (retention, nowMs) => ask('retain', [retention, nowMs]),
    purge: (query) => ask('purge', [query]),
    bytes: () => ask('bytes', []),
    documents: {
      read: (name) => ask('readDocument', [name]),
      write: (name, text) => ask('writeDocument', [name, text]),
      remove: (name) => ask('removeDocument', [name]),
      list: (prefix) => ask('listDocuments', [prefix]),
    },
    election: { lead: () => ask('lead', []), resign: () => ask('resign', []) },
    close: () => (closing ??= thread.end()),
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: RecordStoreError) => void
}

class PostgresThread {
  readonly #place: PostgresPlace
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #nextId = 1
  #isEnded = false

  constructor(place: PostgresPlace) {
    this.#place = place
  }

  /** What is transferred is no longer ours afterwards. */
  readonly ask = <Name extends keyof Calls>(
    name: Name,
    args: Parameters<Calls[Name]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Result<Name>> => {
    if (!this.#isEnded) return this.#post(name, args, transfer)
    const message = `the record store at ${this.#place.shown} was closed`
    return Promise.reject(new RecordStoreError('closed', message))
  }

  async end(): Promise<void> {
    this.#isEnded = true
    const worker = this.#worker
    if (worker === undefined) return
    try {
      await this.#post('close', [])
    } finally {
      this.#worker = undefined
      await worker.terminate()
    }
  }

  #post<Name extends keyof Calls>(
    name: Name,
    args: Parameters<Calls[Name]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Result<Name>> {
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) worker.ref()
      // The thread answers with what the call of this name gives.
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      worker.postMessage({ id, name, args } satisfies Asked, transfer)
    })
  }

  #start(): Worker {
    const { secret, shown } = this.#place
    const workerData: ThreadData = { url: secret.reveal(), shown }
    const worker = new Worker(ENTRY, { name: 'records', workerData })
    worker.on('message', (answer: Answer) => this.#take(answer, worker))
    worker.on('error', (error: Error) => this.#lose(worker, error))
    worker.on('exit', () => this.#lose(worker, undefined))
    worker.unref()
    return worker
  }

  #take({ id, value, refusal, packed }: Answer, worker: Worker): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) worker.unref()
    if (refusal === undefined) return void waiting?.resolve(value)
    const error = new RecordStoreError(refusal.reason, refusal.message)
    waiting?.reject(packed === undefined ? error : new RefusedBatch(error, packed))
  }

  /** Everything that is still owed is lost with it. */
  #lose(worker: Worker, cause: Error | undefined): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const message = `the thread of the record store at ${this.#place.shown} ended: it is started again`
    for (const { reject } of this.#waiting.values()) reject(new RecordStoreError('other', message, cause))
    this.#waiting.clear()
  }
}
