// One connection of a caller: one request at a time, its answer, then the next. It owns the socket: what comes before its turn
// is held back, what takes too long is ended, and what is no HTTP gets the answer it deserves.
import type { Socket } from 'node:net'
import type { CancelTimer } from '../../../core/clock.ts'
import type { WeirError } from '../../../core/errors.ts'
import { ReadWindow } from '../../http1/read-window.ts'
import type { Member } from '../../roster.ts'
import { CallerRequest, type Reading } from './caller-request.ts'
import { CallerResponse, type Writing } from './caller-response.ts'
import type { ConnectionInput } from './connection-input.ts'
import { UNKNOWN, type RequestHead } from './parse-head.ts'
import { noTunnels, toReadError, toRefusal, tooSlow } from './refusal.ts'
import { RequestReader, type RequestParts } from './request-reader.ts'

/** Of what came and is not asked for yet, no more is held; reading goes on when there is room. */
const MOST_WAITING_BYTES = 65_536

/** A caller that was answered early may still be sending: cut off at once, it would never read why (RFC 9112 9.6). */
const LINGER_MS = 2_000

/** One whose bytes were no request is told so, and has this long to read it. */
const REFUSED_LINGER_MS = 1_000

/** A promise ends a little later here than there, or a request would meet a closing connection. */
const KEEP_ALIVE_SPARE_MS = 1_000

export class CallerConnection implements Member, Reading, Writing, RequestParts {
  rosterIndex = -1
  readonly socket: Socket
  readonly #input: ConnectionInput
  readonly #reader: RequestReader
  readonly #window = new ReadWindow()
  #request: CallerRequest | undefined
  #response: CallerResponse | undefined
  /** Its head was read, and nobody was told yet. */
  #isFresh = false
  /** What came behind the present request. */
  #held: Buffer | undefined
  #isPaused = false
  /** Nothing that comes is looked at any more. */
  #isDeaf = false
  #otherSideDone = false
  /** Somebody finds out whether a caller that will send no more is still there. */
  #isWatched = false
  /** What is held gets its turn. */
  #goesOnSoon = false
  #served = 0
  /** Since when it is what it is: new, in a head, in a body, at rest. Monotonic. */
  #sinceMs: number
  #stopLinger: CancelTimer | undefined

  constructor(input: ConnectionInput) {
    const { socket, settings, clock } = input
    this.socket = socket
    this.#input = input
    this.#reader = new RequestReader(this, settings.maxHeader)
    this.#sinceMs = clock.now()
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('end', () => this.#onOtherSideDone())
    // What is wrong with it is over with it, and `close` comes next.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClosed())
  }

  get isIdle(): boolean {
    return this.#request === undefined && this.#held === undefined && !this.#reader.isWithin
  }

  /** Ends it now. Whoever was being answered is not left to believe that this was all. */
  destroy(): void {
    this.#response?.destroy()
    this.socket.destroy()
  }

  /** Ends what takes too long. */
  check(nowMs: number): void {
    if (this.#isDeaf || this.socket.destroyed) return
    const { settings } = this.#input
    const spentMs = nowMs - this.#sinceMs
    if (this.#request !== undefined) {
      if (this.#request.complete || spentMs < settings.bodyTimeout) return
      this.#breakOff(tooSlow())
    } else if (this.#served === 0 || this.#reader.isWithin) {
      if (spentMs >= settings.headerTimeout) this.#refuse(tooSlow())
    } else if (settings.keepAlive > 0 && spentMs >= settings.keepAlive + KEEP_ALIVE_SPARE_MS) {
      // What comes now was not read, and may safely be sent again.
      this.#isDeaf = true
      this.socket.destroySoon()
    }
  }

  // For the request and the answer.

  readOn(): void {
    if (!this.#isPaused || (this.#held?.length ?? 0) > MOST_WAITING_BYTES) return
    this.#isPaused = false
    this.socket.resume()
  }

  headEnd(keepsAlive: boolean): string {
    return this.#input.headEnd.text(keepsAlive)
  }

  onEnded(response: CallerResponse): void {
    // What the system has taken at once, as nearly every answer, is sent; of the rest it tells.
    if (this.socket.writableLength === 0) this.#onAnswered(response)
    else this.socket.write('', () => this.#onAnswered(response))
  }

  // What the parser tells.

  onHead(head: RequestHead): void {
    const request = new CallerRequest(head, this)
    this.#request = request
    this.#response = new CallerResponse(request, this, head.keepsAlive && head.length !== UNKNOWN)
    this.#isFresh = true
  }

  onBody(piece: Buffer): void {
    this.#request?.push(piece)
  }

  onEnd(): void {
    if (this.#request !== undefined) this.#request.complete = true
  }

  // The socket.

  #onData(chunk: Buffer): void {
    if (this.#isDeaf) return
    // What is held comes first, also while nothing is being answered and its turn has not come yet.
    if (this.#held === undefined && this.#request?.complete !== true) {
      this.#feed(chunk)
      return
    }
    this.#held = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk])
    if (this.#held.length > MOST_WAITING_BYTES) this.#pause()
  }

  #feed(chunk: Buffer): void {
    const wasWithin = this.#reader.isWithin
    const window = this.#window
    window.show(chunk, chunk.length)
    let fault: WeirError | undefined
    try {
      this.#reader.read(window)
    } catch (thrown) {
      fault = toReadError(thrown, this.#request !== undefined)
    }
    if (!window.isEmpty && fault === undefined) this.#held = chunk.subarray(window.at)
    // Nobody asks how long a request took that came in one read.
    if (!wasWithin && this.#reader.isWithin) this.#sinceMs = this.#input.clock.now()
    this.#tell()
    if (this.#request?.complete === true) this.#request.finish()
    this.#endLinger()
    if (fault !== undefined) this.#breakOff(fault)
    else if ((this.#request?.waitingBytes ?? 0) > MOST_WAITING_BYTES) this.#pause()
  }

  #tell(): void {
    const [request, response] = [this.#request, this.#response]
    if (!this.#isFresh || request === undefined || response === undefined) return
    this.#isFresh = false
    this.#served += 1
    if (request.method === 'CONNECT') {
      this.#request = this.#response = undefined
      this.#refuse(noTunnels())
    } else this.#input.handlers.onRequest(request, response, this.#input.isExcess)
  }

  #breakOff(error: WeirError): void {
    if (this.#isDeaf) return
    const response = this.#response
    if (response === undefined) {
      this.#refuse(error)
      return
    }
    this.#isDeaf = true
    response.shouldKeepAlive = false
    // It has its answer already, and some time to read it.
    if (response.socket === null) this.socket.end()
    else if (!this.#input.handlers.onBroken(this.socket, error)) this.socket.destroy()
  }

  #refuse(error: WeirError): void {
    this.#isDeaf = true
    this.#input.handlers.onMalformed(error)
    this.socket.end(toRefusal(error))
    this.#linger(REFUSED_LINGER_MS)
  }

  #onAnswered(response: CallerResponse): void {
    if (this.#response !== response || this.socket.destroyed) return
    const { request } = response
    response.close(true)
    if (!request.complete) {
      request.discard()
      if (!response.shouldKeepAlive) this.socket.end()
      this.#linger(LINGER_MS)
    } else if (response.shouldKeepAlive) this.#rest()
    else this.socket.destroySoon()
  }

  /** What was answered early has come in to its end. */
  #endLinger(): void {
    const [request, response] = [this.#request, this.#response]
    if (request?.complete !== true || response?.socket !== null) return
    this.#stopLinger?.()
    this.#stopLinger = undefined
    if (response.shouldKeepAlive) this.#rest()
    else this.socket.destroySoon()
  }

  #rest(): void {
    this.#request = this.#response = undefined
    this.#reader.begin()
    this.#sinceMs = this.#input.clock.now()
    if (this.#held === undefined) {
      this.readOn()
      if (this.#otherSideDone) this.socket.end()
    } else if (!this.#goesOnSoon) {
      this.#goesOnSoon = true
      // In the next turn: a caller that sends a thousand small requests at once keeps nobody else waiting.
      setImmediate(() => this.#goOn())
    }
  }

  #goOn(): void {
    this.#goesOnSoon = false
    const held = this.#held
    this.#held = undefined
    if (held === undefined || this.socket.destroyed) return
    this.readOn()
    this.#feed(held)
    if (this.#otherSideDone) this.#onNoMore()
  }

  #onOtherSideDone(): void {
    this.#otherSideDone = true
    if (!this.#goesOnSoon) this.#onNoMore()
  }

  /** There is nothing but what is here. */
  #onNoMore(): void {
    const request = this.#request
    // Whoever refused or broke it off also ends it, and what is held still has its turn.
    if (this.#isDeaf || this.#goesOnSoon) return
    if (request === undefined && !this.#reader.isWithin) this.socket.end()
    else if (request?.complete !== true) this.socket.destroy()
    else if (!this.#isWatched && !this.socket.writableEnded) {
      this.#isWatched = true
      this.#input.handlers.onHalfClosed(this.socket)
    }
  }

  #onClosed(): void {
    this.#stopLinger?.()
    const response = this.#response
    this.#request = this.#response = undefined
    response?.close(false)
  }

  #pause(): void {
    this.#isPaused = true
    this.socket.pause()
  }

  #linger(ms: number): void {
    this.#stopLinger ??= this.#input.clock.after(ms, () => this.socket.destroy())
    this.socket.resume()
  }
}
