// The answer to a caller: its head as one text, its body framed here (RFC 9112 6, 7.1), as few writes as can be.
// What becomes of the connection behind it is the connection's business.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { CallerRequest } from './caller-request.ts'

/** Beyond this, copying a piece into one text with its frame costs more than gathering several writes. */
const MAX_JOINED_BYTES = 16_384

const NOTHING = Buffer.alloc(0)
const OK_LINE = 'HTTP/1.1 200 OK\r\n'
const NO_CONTENT = 204
const NOT_MODIFIED = 304

/** The connection, as far as an answer speaks to it. */
export interface Writing {
  readonly socket: Socket
  /** Date and what is said of the connection; with the empty line behind them. */
  headEnd(keepsAlive: boolean): string
  /** Everything of it was handed to the socket. */
  onEnded(response: CallerResponse): void
}

export class CallerResponse {
  statusCode = 200
  /** Whether another request may follow on this connection. */
  shouldKeepAlive: boolean
  /** The head is decided, and leaves with the first byte of the body at the latest. */
  headersSent = false
  chunkedEncoding = false
  writableEnded = false
  /** The system has taken all of it. */
  writableFinished = false
  destroyed = false
  readonly request: CallerRequest
  readonly #writing: Writing
  #head = ''
  #hasBody = true
  #isContinued = false
  /** The end of the connection is the end of the body. */
  #endsByClose = false
  #isOver = false
  #onClose: (() => void)[] = []

  constructor(request: CallerRequest, writing: Writing, shouldKeepAlive: boolean) {
    this.request = request
    this.#writing = writing
    this.shouldKeepAlive = shouldKeepAlive
  }

  /** Null once the connection is free for the next request. */
  get socket(): Socket | null {
    return this.#isOver ? null : this.#writing.socket
  }

  get writableNeedDrain(): boolean {
    return this.#writing.socket.writableNeedDrain
  }

  /** `headers`: `[name, value, …]`, names in lower case; without those of the connection, but for `connection: close`. */
  writeHead(status: number, headers: readonly string[]): void {
    this.statusCode = status
    this.headersSent = true
    this.#hasBody = this.request.method !== 'HEAD' && status !== NO_CONTENT && status !== NOT_MODIFIED
    let text = status === 200 ? OK_LINE : `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
    let hasLength = false
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const name = headers[index] ?? ''
      if (name === 'connection') {
        this.shouldKeepAlive = false
        continue
      }
      if (name === 'content-length') {
        hasLength = true
        // RFC 9110 8.6: what cannot have a body states no length of it.
        if (status === NO_CONTENT) continue
      }
      text += `${name}: ${headers[index + 1] ?? ''}\r\n`
    }
    if (!hasLength && this.#hasBody) text += this.#frame()
    if (!this.request.complete && !this.#mayStay()) this.shouldKeepAlive = false
    this.#head = text + this.#writing.headEnd(this.shouldKeepAlive)
  }

  /** RFC 9110 15.2.1. */
  writeContinue(): void {
    this.#isContinued = true
    this.#writing.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
  }

  /** RFC 2518 10.1: a sign of life in front of a head. */
  writeProcessing(): void {
    this.#writing.socket.write('HTTP/1.1 102 Processing\r\n\r\n', 'latin1')
  }

  /** Returns false when the caller does not keep up; `onceDrained` then tells when it does. */
  write(bytes: Buffer): boolean {
    if (this.destroyed || this.writableEnded || bytes.length === 0) return true
    if (!this.headersSent) this.writeHead(200, [])
    return this.#send(bytes, '')
  }

  onceDrained(callback: () => void): void {
    this.#writing.socket.once('drain', callback)
  }

  /** Ends the answer. */
  end(last: Buffer = NOTHING): void {
    if (this.destroyed || this.writableEnded) return
    this.writableEnded = true
    // Only a head tells how the body ends.
    if (!this.headersSent) this.writeHead(200, [])
    this.#send(last, this.chunkedEncoding ? '0\r\n\r\n' : '')
    this.#writing.onEnded(this)
  }

  /** Breaks the answer off, and its connection with it. */
  destroy(): void {
    // The connection may be another's by now.
    if (this.#isOver) return
    this.destroyed = true
    const { socket } = this.#writing
    // Here an orderly end would say that this was all (nginx asks in HTTP/1.0). Sockets that are files know no reset.
    if (this.#endsByClose && socket.remoteAddress !== undefined) socket.resetAndDestroy()
    else socket.destroy()
  }

  /** Calls back once nothing more will become of it: all of it is sent, or its connection is gone. */
  onClose(callback: () => void): void {
    this.#onClose.push(callback)
  }

  /** For the connection. */
  close(isFinished: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.writableFinished = isFinished
    if (!isFinished) this.destroyed = true
    for (const callback of this.#onClose) callback()
  }

  /** Of a body whose length is not known. */
  #frame(): string {
    if (this.request.httpVersionMinor > 0) {
      this.chunkedEncoding = true
      return 'transfer-encoding: chunked\r\n'
    }
    // RFC 9112 6.3: where chunks are not known, the end of the connection is the end of the body.
    this.#endsByClose = true
    this.shouldKeepAlive = false
    return ''
  }

  /** RFC 9110 10.1.1: who was never told to go on may send its body or leave it, and nobody could tell what comes next. */
  #mayStay(): boolean {
    return this.#isContinued || this.request.headers.expect === undefined
  }

  #send(body: Buffer, tail: string): boolean {
    const { socket } = this.#writing
    const head = this.#head
    this.#head = ''
    if (!this.#hasBody || body.length === 0)
      return head === '' && tail === '' ? true : socket.write(head + tail, 'latin1')
    const front = this.chunkedEncoding ? `${head}${body.length.toString(16)}\r\n` : head
    const back = this.chunkedEncoding ? `\r\n${tail}` : tail
    // One byte a character both ways, so the bytes stay the same.
    if (body.length <= MAX_JOINED_BYTES) return socket.write(front + body.toString('latin1') + back, 'latin1')
    socket.cork()
    if (front !== '') socket.write(front, 'latin1')
    let isRoomy = socket.write(body)
    if (back !== '') isRoomy = socket.write(back, 'latin1')
    socket.uncork()
    return isRoomy
  }
}
