// A thread as somebody to ask: questions go over, answers come back, whatever becomes of the thread. It is started by the
// first question and again by the next one after it died; it keeps the process alive only while an answer is owed.
import { Worker } from 'node:worker_threads'
import { RefusedBatch } from '../packed-store.ts'
import { RecordStoreError } from '../store.ts'
import type { FileOptions } from './file.ts'
import type { Answer, Asked, Question, ThreadData } from './protocol.ts'

export { RefusedBatch }

/** Compiled, it is JavaScript beside us. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** Of a batch little becomes garbage: a small nursery is enough. A question over millions of records needs some hundred MiB. */
const YOUNG_MIB = 4
const OLD_MIB = 1_024

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: RecordStoreError) => void
}

export class StoreThread {
  readonly #options: FileOptions
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #nextId = 1

  constructor(options: FileOptions) {
    this.#options = options
  }

  get isRunning(): boolean {
    return this.#worker !== undefined
  }

  /** `transfer` is no longer ours afterwards. */
  ask(question: Question, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) worker.ref()
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, question } satisfies Asked, transfer)
    })
  }

  async end(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    try {
      await this.ask({ ask: 'close' })
    } finally {
      this.#worker = undefined
      await worker.terminate()
    }
  }

  #start(): Worker {
    const worker = new Worker(ENTRY, {
      name: 'records',
      workerData: { options: this.#options } satisfies ThreadData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB, maxOldGenerationSizeMb: OLD_MIB },
    })
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
    const error = new RecordStoreError(refusal.reason, refusal.message, refusal.cause)
    waiting?.reject(packed === undefined ? error : new RefusedBatch(error, packed))
  }

  /** Everything that is still owed is lost with it. */
  #lose(worker: Worker, cause: Error | undefined): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const message = `The thread of the records in ${this.#options.file} ended: it is started again.`
    const error = new RecordStoreError('other', message, cause)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
