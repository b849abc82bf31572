// What was said, on its way to the store: taken from requests, redacted a little later and one at a time, then waiting for the
// next pack. Bounded: what finds no room is left out and counted.
import type { RawContent } from '../../core/content.ts'
import type { StoredContent } from '../store.ts'
import { bytesOfContent } from './waiting.ts'

/** Undefined: nothing of it may be kept after all. */
export type Redact = (content: RawContent) => StoredContent | undefined

export interface ContentQueueOptions {
  readonly redact: Redact
  readonly maxBytes: number
  readonly onDropped: (count: number) => void
  readonly onBroken: (error: unknown) => void
}

export class ContentQueue {
  readonly #options: ContentQueueOptions
  #raw: RawContent[] = []
  #rawBytes = 0
  #ready: StoredContent[] = []
  #readyBytes = 0
  #isWorking = false

  constructor(options: ContentQueueOptions) {
    this.#options = options
  }

  /** Something is here that no pack has taken yet. */
  get isWaiting(): boolean {
    return this.#raw.length > 0 || this.#ready.length > 0
  }

  /** What is redacted and in no pack yet occupies. */
  get readyBytes(): number {
    return this.#readyBytes
  }

  accept(content: RawContent): void {
    const bytes = content.prompt.length + content.answer.length
    if (this.#rawBytes + bytes > this.#options.maxBytes) return this.#options.onDropped(1)
    this.#raw.push(content)
    this.#rawBytes += bytes
    if (this.#isWorking) return
    this.#isWorking = true
    setImmediate(this.#work)
  }

  /** What is ready for the pack that is made now. */
  take(): readonly StoredContent[] {
    const ready = this.#ready
    if (ready.length > 0) this.#ready = []
    this.#readyBytes = 0
    return ready
  }

  /** Redacts all that is left, at once. */
  finish(): void {
    while (this.#raw.length > 0) this.#redactOne()
  }

  /** One in each turn of the event loop: a long text takes a millisecond. */
  readonly #work = (): void => {
    this.#redactOne()
    this.#isWorking = this.#raw.length > 0
    if (this.#isWorking) setImmediate(this.#work)
  }

  #redactOne(): void {
    const content = this.#raw.shift()
    if (content === undefined) return
    this.#rawBytes -= content.prompt.length + content.answer.length
    try {
      const redacted = this.#options.redact(content)
      if (redacted === undefined) return
      this.#ready.push(redacted)
      this.#readyBytes += bytesOfContent(redacted)
    } catch (thrown) {
      // Unredacted it must not be kept.
      this.#options.onDropped(1)
      this.#options.onBroken(thrown)
    }
  }
}
