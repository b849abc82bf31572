// A request of a caller: its head, and its body as it comes in. It holds back what nobody has asked for yet, and says so to
// its connection, which then reads no further.
import type { Socket } from 'node:net'
import type { CallerHeaders, RequestHead } from './parse-head.ts'

/** Takes a body. `onEnd` comes once, after the last piece. */
export interface BodySink {
  onData(piece: Buffer): void
  onEnd(): void
}

/** The connection, as far as a request speaks to it. */
export interface Reading {
  readonly socket: Socket
  /** There is room for more of the body. */
  readOn(): void
}

const NOTHING = Buffer.alloc(0)

/** What a buffer takes beside its bytes, about: bodies may come in pieces of one byte. */
const BYTES_BESIDE_PIECE = 256

export class CallerRequest {
  readonly method: string
  readonly url: string
  readonly httpVersionMinor: 0 | 1
  readonly rawHeaders: readonly string[]
  readonly headers: CallerHeaders
  readonly socket: Socket
  /** The whole body has come in. Set by the connection. */
  complete = false
  /** What came and was asked for by nobody takes so much memory. */
  waitingBytes = 0
  readonly #reading: Reading
  #waiting: Buffer | Buffer[] | undefined
  #sink: BodySink | undefined
  #isDiscarded = false

  constructor(head: RequestHead, reading: Reading) {
    this.method = head.method
    this.url = head.url
    this.httpVersionMinor = head.httpVersionMinor
    this.rawHeaders = head.rawHeaders
    this.headers = head.headers
    this.socket = reading.socket
    this.#reading = reading
  }

  /** The body, when all of it is there and nobody has taken any of it: almost every body comes in one read. */
  takeWhole(): Buffer | undefined {
    if (!this.complete || Array.isArray(this.#waiting)) return undefined
    const body = this.#waiting ?? NOTHING
    this.#forget()
    return body
  }

  /** Gives the body, what has come of it at once and the rest as it comes. */
  read(sink: BodySink): void {
    const waiting = this.#waiting
    this.#forget()
    this.#sink = sink
    if (Array.isArray(waiting)) for (const piece of waiting) this.#sink?.onData(piece)
    else if (waiting !== undefined) sink.onData(waiting)
    if (this.complete) this.finish()
    else this.#reading.readOn()
  }

  /** Nobody wants the rest. */
  discard(): void {
    this.#sink = undefined
    this.#isDiscarded = true
    this.#forget()
    this.#reading.readOn()
  }

  /** For the connection: a piece came in. */
  push(piece: Buffer): void {
    if (this.#isDiscarded) return
    if (this.#sink !== undefined) {
      this.#sink.onData(piece)
      return
    }
    this.waitingBytes += piece.length + BYTES_BESIDE_PIECE
    if (this.#waiting === undefined) this.#waiting = piece
    else if (Array.isArray(this.#waiting)) this.#waiting.push(piece)
    else this.#waiting = [this.#waiting, piece]
  }

  /** For the connection: that was all of it. Who reads it is told once. */
  finish(): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.onEnd()
  }

  #forget(): void {
    this.#waiting = undefined
    this.waitingBytes = 0
  }
}
