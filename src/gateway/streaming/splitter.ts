// Cuts a stream of bytes into whole events, whatever the chunks were, and holds back only the part that is not whole yet.
// What an event is, the subclass of boundary decides; how bytes are held and bounded is decided here, once.

/** Told of each whole event: bytes `[start, end)` of `bytes`, its terminator included. */
export interface EventReader {
  onEvent(bytes: Buffer, start: number, end: number): void
}

/** Finds ends of events in chunks that follow each other; remembers what it must between them. */
export interface Boundary {
  /** The offset behind the first event end in `[from, chunk.length)`, or -1. */
  findEnd(chunk: Buffer, from: number): number
}

/** No event of a model is near this size; a line without an end must not fill the memory. */
export const MAX_EVENT_BYTES = 1_048_576

export class EventSplitter {
  readonly #boundary: Boundary
  readonly #maxEventBytes: number
  #held: Buffer[] = []
  #heldBytes = 0

  constructor(boundary: Boundary, maxEventBytes = MAX_EVENT_BYTES) {
    this.#boundary = boundary
    this.#maxEventBytes = maxEventBytes
  }

  /** Returns false when an event grew over the limit; the splitter is then of no further use. */
  push(chunk: Buffer, reader: EventReader): boolean {
    let from = 0
    for (;;) {
      const end = this.#boundary.findEnd(chunk, from)
      if (end === -1) return this.#hold(chunk, from)
      if (this.#heldBytes === 0) reader.onEvent(chunk, from, end)
      else {
        if (this.#heldBytes + end - from > this.#maxEventBytes) return false
        const whole = this.#takeWith(chunk.subarray(from, end))
        reader.onEvent(whole, 0, whole.length)
      }
      from = end
      if (from === chunk.length) return true
    }
  }

  /** What is left when the stream is over: an event without its terminator, or nothing. */
  rest(): Buffer {
    return this.#takeWith(EMPTY)
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  #hold(chunk: Buffer, from: number): boolean {
    this.#heldBytes += chunk.length - from
    if (this.#heldBytes > this.#maxEventBytes) {
      this.#held = []
      return false
    }
    this.#held.push(from === 0 ? chunk : chunk.subarray(from))
    return true
  }

  #takeWith(last: Buffer): Buffer {
    this.#held.push(last)
    const whole = this.#held.length === 1 ? last : Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return whole
  }
}

const EMPTY = Buffer.alloc(0)
