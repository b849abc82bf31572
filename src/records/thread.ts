// A thread as somebody to ask: questions go over, answers come back, whatever becomes of the thread. It is started by the
// first question and again by the next one after it died; it keeps the process alive only while an answer is owed.
import type { Worker } from 'node:worker_threads'
import type { PackedRecords } from './codec/layout.ts'
import { RefusedBatch } from './packed-store.ts'
import { RecordStoreError, type StoreFailure } from './store.ts'

export interface Asked<Question> {
  readonly id: number
  readonly question: Question
}

export interface Refusal {
  readonly reason: StoreFailure
  readonly message: string
  readonly cause?: string | undefined
}

/** What crosses to the other side of a failure: no error does, nor what it holds. */
export function toRefusal({ reason, message, cause }: RecordStoreError): Refusal {
  return { reason, message, cause: cause instanceof Error ? cause.message : undefined }
}

export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly refusal?: Refusal
  /** What could not be written comes back: it may be tried again. */
  readonly packed?: PackedRecords
}

export interface ThreadKind<Question> {
  start(): Worker
  /** The last question, which lets go of whatever the thread holds. */
  readonly closing: Question
  /** What is said of answers that are owed when it ends by itself. */
  readonly lost: string
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: RecordStoreError) => void
}

export class StoreThread<Question> {
  readonly #kind: ThreadKind<Question>
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #nextId = 1

  constructor(kind: ThreadKind<Question>) {
    this.#kind = kind
  }

  /** `transfer` is no longer ours afterwards. */
  ask(question: Question, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) worker.ref()
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, question } satisfies Asked<Question>, transfer)
    })
  }

  async end(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    try {
      await this.ask(this.#kind.closing)
    } finally {
      this.#worker = undefined
      await worker.terminate()
    }
  }

  #start(): Worker {
    const worker = this.#kind.start()
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
    const error = new RecordStoreError('other', this.#kind.lost, cause)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
