// What stands between requests and the store: records wait here, bounded, and are written in batches outside the turn of any
// request. What the store refuses is tried again; what finds no room is dropped and counted. It never makes a request wait.
import { sleep, type CancelTimer, type Clock } from '../../core/clock.ts'
import type { ContentSink } from '../../core/content.ts'
import type { MinuteSource } from '../../core/minutes.ts'
import type { RequestRecord } from '../../core/record.ts'
import type { RecordSink } from '../../core/sink.ts'
import type { Verdict } from '../../core/verdict.ts'
import { RecordPacker } from '../codec/pack.ts'
import type { RecordStoreError } from '../store.ts'
import { ContentQueue, type Redact } from './contents.ts'
import { Delivery, type DeliveryOptions } from './delivery.ts'
import { WaitingPacks } from './waiting.ts'

export interface BufferOptions extends Pick<
  DeliveryOptions,
  'store' | 'onDropped' | 'onTrouble' | 'onRecovered'
> {
  readonly clock: Clock
  /** Why a record took as long as it did. Asked once a record, in the order in which they were sealed. */
  readonly verdictOf?: ((record: RequestRecord) => Verdict | undefined) | undefined
  /** Counts objectives: also those of records that are dropped. */
  readonly counter?: MinuteSource | undefined
  /** What may be kept of what was said; without it nothing is. */
  readonly redact?: Redact | undefined
  /** One of the three above threw; the record is kept all the same. */
  readonly onBroken: (error: unknown) => void
  readonly limits?: Partial<BufferLimits>
}

export interface BufferLimits {
  /** Records that may wait. */
  readonly records: number
  /** What they may occupy, and as much again for what was said in them before it is redacted. */
  readonly bytes: number
}

export interface RecordBuffer {
  readonly sink: RecordSink
  readonly contents: ContentSink
  /** The store was found to refuse before anything was written. */
  noteTrouble(error: RecordStoreError): void
  /** Records that are not in the store yet. */
  readonly held: number
  /** Writes soon what was counted, also where no request comes. */
  nudge(): void
  /** Writes what is held, and drops what cannot be written soon. What comes afterwards is dropped. */
  close(): Promise<void>
}

/** Half a minute of a busy gateway, or some seconds of one that only refuses. */
const LIMITS: BufferLimits = { records: 50_000, bytes: 32 * 1_048_576 }

/** Written together: a transaction costs as much as some hundred rows. */
const BATCH_RECORDS = 1_024
/** Of the bytes that may wait: what is dropped together is then not all of it. */
const PACK_SHARE = 1 / 16
/** How long a record waits before it is written: about what a crash costs. */
const DELAY_MS = 250
/** Between two attempts while the store refuses, and while the end waits for it. */
const RETRY_MS = 1_000
const CLOSE_RETRY_MS = 200
/** What the end waits for the store. Less than a stop has for all of this. */
const CLOSE_MS = 4_000

export function createRecordBuffer(options: BufferOptions): RecordBuffer {
  const buffer = new Buffering(options)
  return {
    sink: { name: 'records', accept: (record) => buffer.accept(record) },
    contents: { accept: (content) => buffer.contents?.accept(content) },
    noteTrouble: (error) => buffer.noteTrouble(error),
    get held() {
      return buffer.held
    },
    nudge: () => buffer.nudge(),
    close: () => buffer.close(),
  }
}

class Buffering {
  readonly contents: ContentQueue | undefined
  readonly #options: BufferOptions
  readonly #limits: BufferLimits
  readonly #packer = new RecordPacker()
  readonly #waiting = new WaitingPacks()
  readonly #delivery: Delivery
  #timer: CancelTimer | undefined
  #retryAtMs = -Infinity
  #isClosed = false
  #isNudged = false

  constructor(options: BufferOptions) {
    const { redact, onBroken, onDropped } = options
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.contents =
      redact &&
      new ContentQueue({
        ...{ redact, onBroken, maxBytes: this.#limits.bytes },
        onDropped: (count) => onDropped('content_dropped', count),
      })
    this.#delivery = new Delivery({
      ...{ store: options.store, counter: options.counter, waiting: this.#waiting, seal: () => this.#seal() },
      ...{ onDropped, onTrouble: options.onTrouble, onRecovered: options.onRecovered },
    })
  }

  get held(): number {
    return this.#packer.count + this.#waiting.records + this.#delivery.inFlight
  }

  /**
   * On the turn of a request that has its answer: what metrics and the log have just read is still at hand for the
   * processor, and needs not be kept alive. No I/O, no promise.
   */
  accept(record: RequestRecord): void {
    this.#packer.add({ record, verdict: this.#judge(record) })
    // One pack must not be all that may wait.
    if (this.#looseBytes() >= this.#limits.bytes * PACK_SHARE) this.#seal()
    if (this.#isFull()) this.#makeRoom()
    if (this.#packer.count === BATCH_RECORDS) setImmediate(this.#deliver)
    else this.#timer ??= this.#options.clock.after(DELAY_MS, this.#onTime)
  }

  nudge(): void {
    if (this.#isClosed) return
    this.#isNudged = true
    this.#timer ??= this.#options.clock.after(DELAY_MS, this.#onTime)
  }

  noteTrouble(error: RecordStoreError): void {
    this.#delivery.begin(error)
  }

  async close(): Promise<void> {
    const { clock } = this.#options
    const untilMs = clock.now() + CLOSE_MS
    this.#isClosed = true
    this.#timer?.()
    this.contents?.finish()
    for (;;) {
      const isDelivered = await Promise.race([
        this.#delivery.run(),
        sleep(clock, untilMs - clock.now()).then(() => false),
      ])
      if ((isDelivered && this.held === 0) || clock.now() + CLOSE_RETRY_MS >= untilMs) break
      await sleep(clock, CLOSE_RETRY_MS)
    }
    this.#delivery.drop('store_failed', this.held)
  }

  readonly #onTime = (): void => {
    this.#timer = undefined
    // Once more after the last record: what was counted may have to wait while somebody reads.
    const wasHolding = this.#isHolding() || this.#isNudged
    this.#isNudged = false
    this.#deliver()
    if (wasHolding && !this.#isClosed) this.#timer = this.#options.clock.after(DELAY_MS, this.#onTime)
  }

  #isHolding(): boolean {
    return this.held > 0 || this.contents?.isWaiting === true
  }

  readonly #deliver = (): void => {
    const { clock } = this.#options
    // What does not go now waits in few packs, not in many small ones.
    if (this.#packer.count >= BATCH_RECORDS) this.#seal()
    if (this.#delivery.isRunning || clock.now() < this.#retryAtMs) return
    void this.#delivery.run().then((isDelivered) => {
      if (!isDelivered) this.#retryAtMs = clock.now() + RETRY_MS
    })
  }

  /** Whoever explains and counts must not cost the record. */
  #judge(record: RequestRecord): Verdict | undefined {
    const { verdictOf, counter, onBroken } = this.#options
    try {
      counter?.count(record)
      return verdictOf?.(record)
    } catch (thrown) {
      onBroken(thrown)
      return undefined
    }
  }

  #seal(): void {
    const contents = this.contents?.take() ?? []
    if (this.#packer.count === 0 && contents.length === 0) return
    this.#waiting.add({ packed: this.#packer.take(), contents })
  }

  /** In no pack yet. */
  #looseBytes(): number {
    return this.#packer.bytes + (this.contents?.readyBytes ?? 0)
  }

  #isFull(): boolean {
    const { records, bytes } = this.#limits
    return this.held > records || this.#looseBytes() + this.#waiting.bytes > bytes
  }

  /** The latest records are worth more than the oldest. */
  #makeRoom(): void {
    while (this.#isFull()) {
      if (this.#waiting.isEmpty) this.#seal()
      const oldest = this.#waiting.takeOldest()
      if (oldest === undefined) return
      this.#delivery.drop('store_overflow', oldest.packed.count)
    }
  }
}
