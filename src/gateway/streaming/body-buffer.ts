// Bytes that wait for the rest of their body.

/** Chunks of one body, joined only when it is taken; the usual single chunk is never copied. */
export class BodyBuffer {
  #chunks: Buffer[] = []
  size = 0

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.size += chunk.length
  }

  take(): Buffer {
    const [first] = this.#chunks
    const whole = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    this.#chunks = []
    return whole
  }
}
