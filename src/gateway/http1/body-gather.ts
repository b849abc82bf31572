// The body's bytes of one read, without their framing, in a buffer of their own: the read's is used again for the next.
import type { ReadWindow } from './read-window.ts'

/** What follows a chunk in any case. */
const CHUNK_END_BYTES = 2

export class BodyGather {
  #bytes: Buffer | undefined
  #size = 0

  /** Copies so many bytes out of the window. Pieces of one read are joined: they came together and go on together. */
  add(window: ReadWindow, length: number): void {
    const { bytes, at } = window
    const left = window.end - at
    const isLast = left <= length + CHUNK_END_BYTES
    this.#bytes ??= Buffer.allocUnsafe(isLast ? length : left)
    bytes.copy(this.#bytes, this.#size, at, at + length)
    this.#size += length
    window.at = at + length
  }

  /** What was added since the last call. */
  take(): Buffer | undefined {
    const bytes = this.#bytes
    if (bytes === undefined) return undefined
    const size = this.#size
    this.#bytes = undefined
    this.#size = 0
    return size === bytes.length ? bytes : bytes.subarray(0, size)
  }
}
