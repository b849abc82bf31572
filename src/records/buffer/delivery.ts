// Brings packs to the store, one at a time and the oldest first, and says when that does not work and when it does again.
import type { MinuteSource } from '../../core/minutes.ts'
import { RefusedBatch, type PackedStore } from '../packed-store.ts'
import { RecordStoreError, type StoreFailure } from '../store.ts'
import type { Pack, WaitingPacks } from './waiting.ts'

/**
 * `store_overflow`: there was no room to wait in. `store_failed`: the store refused them for good, or until the end.
 * `content_dropped`: not a record, but what was said in one.
 */
export type StoreDropReason = 'store_overflow' | 'store_failed' | 'content_dropped'

export interface DeliveryOptions {
  readonly store: Pick<PackedStore, 'writePacked'>
  readonly counter: MinuteSource | undefined
  readonly waiting: WaitingPacks
  /** Makes a pack of what was not packed yet, if there is any. */
  readonly seal: () => void
  readonly onDropped: (reason: StoreDropReason, count: number) => void
  /** Once when records can no longer be written, with why; what is held is tried again and again. */
  readonly onTrouble: (error: RecordStoreError) => void
  /** Once when all that was held is written again; with how many records were lost in between. */
  readonly onRecovered: (lost: number) => void
}

/** Another time may do: the batch is not what is wrong. */
const PASSING: readonly StoreFailure[] = [
  ...(['locked', 'full', 'no_access', 'damaged', 'missing', 'foreign', 'newer', 'taken'] as const),
  'unreachable',
]

export class Delivery {
  readonly #options: DeliveryOptions
  #inFlight = 0
  #running: Promise<boolean> | undefined
  #trouble: { lost: number } | undefined

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Records that are with the store now. */
  get inFlight(): number {
    return this.#inFlight
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Brings everything there is. False when the store refused: then it is for the caller to wait a while. */
  run(): Promise<boolean> {
    return (this.#running ??= this.#run())
  }

  drop(reason: 'store_overflow' | 'store_failed', count: number): void {
    if (count === 0) return
    this.#options.onDropped(reason, count)
    if (reason === 'store_overflow') {
      const message = 'Records come faster than they can be written: the oldest that wait are dropped.'
      this.begin(new RecordStoreError('other', message))
    }
    if (this.#trouble !== undefined) this.#trouble.lost += count
  }

  async #run(): Promise<boolean> {
    try {
      for (;;) {
        const { waiting, seal } = this.#options
        if (waiting.isEmpty) seal()
        const pack = waiting.takeOldest()
        const delivered = await this.#bring(pack)
        if (!delivered) return false
        if (pack === undefined) return true
      }
    } finally {
      this.#running = undefined
    }
  }

  /** With whatever was counted meanwhile; without a pack only that, if there is any. */
  async #bring(pack: Pack | undefined): Promise<boolean> {
    const { store, counter, waiting } = this.#options
    const minutes = counter?.takeMinutes() ?? []
    if (pack === undefined && minutes.length === 0) {
      counter?.noteWritten(minutes)
      return true
    }
    const { packed, contents } = pack ?? { packed: toEmpty(), contents: [] }
    this.#inFlight = packed.count
    const { count } = packed
    try {
      await store.writePacked({ packed, contents, minutes })
      counter?.noteWritten(minutes)
      this.#inFlight = 0
      if (waiting.isEmpty) this.#end()
      return true
    } catch (thrown) {
      counter?.giveBack(minutes)
      this.#inFlight = 0
      const error = toError(thrown)
      this.begin(error)
      if (error instanceof RefusedBatch && PASSING.includes(error.reason)) {
        waiting.putBack({ packed: error.packed, contents })
      } else {
        this.drop('store_failed', count)
      }
      return false
    }
  }

  /** Nothing is told twice before it is over. */
  begin(error: RecordStoreError): void {
    if (this.#trouble !== undefined) return
    this.#trouble = { lost: 0 }
    this.#options.onTrouble(error)
  }

  #end(): void {
    const trouble = this.#trouble
    if (trouble === undefined) return
    this.#trouble = undefined
    this.#options.onRecovered(trouble.lost)
  }
}

/** Arrays that change hands are gone: each time new ones. */
function toEmpty(): Pack['packed'] {
  return { count: 0, numbers: new Float64Array(0), refs: new Uint32Array(0), words: [], text: '' }
}

function toError(thrown: unknown): RecordStoreError {
  if (thrown instanceof RecordStoreError) return thrown
  return new RecordStoreError('other', thrown instanceof Error ? thrown.message : String(thrown), thrown)
}
