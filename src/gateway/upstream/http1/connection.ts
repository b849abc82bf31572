// One connection to a backend: one request at a time, then the next. It owns the socket and decides whether that may be used again;
// which connection carries which request is the pool's business (../client.ts).
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { toWeirError, WeirError } from '../../../core/errors.ts'
import type { Member } from '../../roster.ts'
import type { Dialer, DialTarget } from '../dial/dialer.ts'
import type { Address } from '../dial/name-cache.ts'
import { promisedIdleSeconds, type AnswerHead } from './answer-head.ts'
import { AnswerParser, type AnswerParts } from './answer-parser.ts'
import { closed, ConnectionFault, cut, invalid } from '../../http1/fault.ts'
import { ReadWindow } from '../../http1/read-window.ts'
import { toFixedPart, toRequestHead, type OutgoingRequest } from './request-head.ts'

/** Told of one request's fortunes: at most one `onEnd` or `onBroken`, nothing after it, and nothing after `destroy`. */
export interface AnswerSink {
  /** The connection stands, and the request is being written. */
  onConnected(): void
  onHead(status: number, headers: IncomingHttpHeaders): void
  /** The receiver keeps `bytes`. */
  onBody(bytes: Buffer): void
  onEnd(): void
  onBroken(error: Error): void
}

export interface ConnectionInput {
  readonly target: DialTarget
  readonly dialer: Dialer
  /** Closed, or made unusable, while it carried no request. */
  onGone(connection: Http1Connection): void
}

/**
 * Read into by all connections in turn: what a read brings is looked at before the next one, and copied where it is kept.
 * A buffer for each connection would be most of what an idle stream costs.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536)

/** Up to here head and body leave as one text in one system call; beyond, copying costs more than a second buffer does. */
const MAX_JOINED_BYTES = 16_384

export class Http1Connection implements Member, AnswerParts {
  rosterIndex = -1
  /** Until when it may rest unused; on the monotonic clock, kept by the pool. */
  idleUntilMs = 0
  /** For how long the backend said that it keeps it, in seconds. */
  promisedIdleSeconds: number | undefined
  readonly #input: ConnectionInput
  readonly #fixedPart: string
  readonly #parser = new AnswerParser(this)
  readonly #window = new ReadWindow()
  #socket: Socket | undefined
  #isConnected = false
  #isPaused = false
  /** Nothing may be sent any more, whatever its last answer said. */
  #isOver = false
  #sink: AnswerSink | undefined
  /** Waits for the connection to stand. */
  #waiting: Waiting | undefined

  constructor(input: ConnectionInput) {
    this.#input = input
    this.#fixedPart = toFixedPart(input.target.authority)
  }

  get isConnected(): boolean {
    return this.#isConnected && this.#socket?.destroyed === false
  }

  /** Whether another request may be sent: its last answer was complete, said nothing against it, and nothing came after. */
  get isReusable(): boolean {
    return !this.#isOver && this.#isConnected && this.#sink === undefined
  }

  /** Throws a TypeError when the request cannot be written as one. */
  send(request: OutgoingRequest, sink: AnswerSink): void {
    const head = toRequestHead(request, this.#fixedPart)
    this.#sink = sink
    this.#parser.begin()
    if (this.#isConnected && this.#socket !== undefined) {
      sink.onConnected()
      write(this.#socket, head, request.body)
      return
    }
    this.#waiting = { head, body: request.body }
    this.#dial()
  }

  pause(): void {
    this.#isPaused = true
    this.#socket?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#socket?.resume()
  }

  /** Closes at once; nobody is told any more. Harmless when repeated. */
  destroy(): void {
    this.#isOver = true
    this.#sink = undefined
    this.#waiting = undefined
    this.#socket?.destroy()
  }

  // What the parser tells.

  onHead({ status, headers }: AnswerHead): void {
    this.promisedIdleSeconds = promisedIdleSeconds(headers)
    this.#sink?.onHead(status, headers)
  }

  onBody(bytes: Buffer): void {
    this.#sink?.onBody(bytes)
  }

  // The socket.

  #dial(): void {
    const { dialer, target } = this.#input
    try {
      const addresses = dialer.find(target)
      if (!(addresses instanceof Promise)) this.#connect(addresses)
      else
        addresses
          .then((found) => this.#connect(found))
          .catch((thrown: unknown) => this.#lose(thrown as Error))
    } catch (thrown) {
      this.#lose(thrown as Error)
    }
  }

  #connect(addresses: readonly Address[]): void {
    // Nobody waits any more: the name took too long.
    if (this.#isOver) return
    const { dialer, target } = this.#input
    const socket = dialer.connect(target, addresses, {
      buffer: READ_BUFFER,
      callback: (size) => this.#onRead(size),
    })
    this.#socket = socket
    socket.on(target.isTls ? 'secureConnect' : 'connect', () => this.#onConnected(socket))
    socket.on('error', (error) => this.#lose(error))
    socket.on('end', () => this.#onOtherSideDone())
    socket.on('close', () => this.#lose(this.#sink !== undefined && this.#parser.hasBegun ? cut() : closed()))
  }

  #onConnected(socket: Socket): void {
    this.#isConnected = true
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) return
    this.#sink?.onConnected()
    write(socket, waiting.head, waiting.body)
  }

  /** Returns true: going on reading is the rule, and `pause` the exception. */
  #onRead(size: number): true {
    if (this.#sink === undefined) {
      // Nobody asked: the beginning of an answer that would be taken for the next caller's.
      this.#lose(invalid('bytes that belong to no request'))
      return true
    }
    this.#window.show(READ_BUFFER, size)
    try {
      this.#parser.read(this.#window)
      if (this.#parser.isDone) this.#complete()
    } catch (thrown) {
      // What is no fault of the connection's is one of ours, in the reader of the answer.
      this.#lose(thrown instanceof ConnectionFault ? thrown : toWeirError(thrown))
    }
    return true
  }

  #onOtherSideDone(): void {
    try {
      if (this.#sink !== undefined) this.#parser.end()
      else throw closed()
      this.#complete()
    } catch (thrown) {
      this.#lose(thrown as Error)
    }
  }

  #complete(): void {
    const sink = this.#sink
    if (sink === undefined) return
    this.#sink = undefined
    // What is left in the window came unasked; what is left of the request would stand before the next one.
    const isClean = this.#window.isEmpty && this.#socket?.writableLength === 0
    if (!isClean || !this.#parser.keepsAlive) this.#isOver = true
    if (this.#isPaused) this.resume()
    try {
      sink.onEnd()
    } catch (thrown) {
      this.destroy()
      sink.onBroken(toWeirError(thrown))
    }
  }

  #lose(error: Error): void {
    if (this.#isOver) return
    const sink = this.#sink
    const isCut =
      this.#isConnected &&
      this.#parser.hasBegun &&
      !(error instanceof ConnectionFault || error instanceof WeirError)
    this.destroy()
    if (sink === undefined) this.#input.onGone(this)
    else sink.onBroken(isCut ? cut(error) : error)
  }
}

interface Waiting {
  readonly head: string
  readonly body: Buffer
}

function write(socket: Socket, head: string, body: Buffer): void {
  if (body.length <= MAX_JOINED_BYTES) {
    socket.write(head + body.toString('latin1'), 'latin1')
    return
  }
  socket.cork()
  socket.write(head, 'latin1')
  socket.write(body)
  socket.uncork()
}
