// Writes the chunks of a stream to the caller: one write per event, framed here (RFC 9112 7.1).
// node:http frames a chunk as three writes and gathers them on the next tick; measured, that is a quarter of what relaying
// an event costs. The head, the first chunk and the end stay with node:http, which owns the connection.
import type { ServerResponse } from 'node:http'

/** Beyond this, copying a chunk into its frame costs more than gathering three writes. */
const MAX_FRAMED_BYTES = 8_192

export class ChunkWriter {
  readonly #response: ServerResponse
  #begun = false

  constructor(response: ServerResponse) {
    this.#response = response
  }

  /** Returns false when the caller does not keep up; `onceDrained` then tells when it does. */
  write(bytes: Buffer): boolean {
    const { socket, chunkedEncoding } = this.#response
    const framed = this.#begun && chunkedEncoding && socket !== null && bytes.length <= MAX_FRAMED_BYTES
    this.#begun = true
    if (!framed || bytes.length === 0) return this.#response.write(bytes)
    // One byte a character both ways, so the bytes stay the same.
    return socket.write(`${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`, 'latin1')
  }

  onceDrained(callback: () => void): void {
    const { socket } = this.#response
    // What waits may have been written past the response, so its own drain event need not come.
    if (socket === null) this.#response.once('drain', callback)
    else socket.once('drain', callback)
  }
}
