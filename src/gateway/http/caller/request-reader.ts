// One request after another out of the bytes of a connection, however they are cut. Knows no socket; whatever is not
// HTTP/1.1 as it should be is thrown as a ConnectionFault.
import { BodyGather } from '../../http1/body-gather.ts'
import { ChunkedBody } from '../../http1/chunked-body.ts'
import { invalid } from '../../http1/fault.ts'
import { BlockCollector } from '../../http1/field-block.ts'
import type { ReadWindow } from '../../http1/read-window.ts'
import { CR, LF, SP, TOKEN } from '../../http1/syntax.ts'
import { CHUNKED, parseRequestHead, UNKNOWN, type RequestHead } from './parse-head.ts'

/** Who wants the parts of a request. */
export interface RequestParts {
  onHead(head: RequestHead): void
  /** The receiver keeps `piece`: it is nobody else's. */
  onBody(piece: Buffer): void
  onEnd(): void
}

type Phase = 'head' | 'length' | 'chunked' | 'unknown' | 'done'

export class RequestReader {
  readonly #parts: RequestParts
  readonly #head: BlockCollector
  readonly #gather = new BodyGather()
  #chunked: ChunkedBody | undefined
  #phase: Phase = 'head'
  #left = 0

  constructor(parts: RequestParts, maxHeadBytes: number) {
    this.#parts = parts
    this.#head = new BlockCollector(maxHeadBytes)
  }

  /** Makes ready for the next request. */
  begin(): void {
    this.#phase = 'head'
  }

  /** The request is there as a whole; what follows it in the window is the next one. */
  get isDone(): boolean {
    return this.#phase === 'done'
  }

  /** Whether anything of a request that is not complete has come. */
  get isWithin(): boolean {
    return this.#phase === 'head' ? this.#head.isHolding : this.#phase !== 'done'
  }

  /** Reads until the window is empty or the request done. */
  read(window: ReadWindow): void {
    if (this.#phase === 'head') this.#readHead(window)
    if (window.isEmpty || this.#phase === 'done' || this.#phase === 'head') return
    try {
      this.#readBody(window)
    } finally {
      // What was sound before a fault was seen came before it.
      const piece = this.#gather.take()
      if (piece !== undefined) this.#parts.onBody(piece)
    }
    if (this.isDone) this.#parts.onEnd()
  }

  #readHead(window: ReadWindow): void {
    if (!this.#head.isHolding) {
      // RFC 9112 2.2: an empty line in front of a request is from a client that miscounted the body before it.
      while (!window.isEmpty && isLineEnd(window.bytes[window.at])) window.at += 1
      if (window.isEmpty) return
      // Whatever speaks another protocol gets its answer now: it may never end a line.
      if (!mayBeMethod(window)) throw invalid('something else than HTTP')
    }
    if (!this.#head.take(window)) return
    const head = parseRequestHead(this.#head.text)
    this.#head.text = ''
    this.#left = head.length
    if (head.length === CHUNKED) {
      this.#chunked ??= new ChunkedBody()
      this.#chunked.reset()
      this.#phase = 'chunked'
    } else if (head.length === UNKNOWN) this.#phase = 'unknown'
    else this.#phase = head.length === 0 ? 'done' : 'length'
    this.#parts.onHead(head)
    if (this.#phase === 'done') this.#parts.onEnd()
  }

  #readBody(window: ReadWindow): void {
    if (this.#phase === 'unknown') {
      window.at = window.end
      return
    }
    if (this.#phase === 'chunked') {
      this.#chunked?.read(window, this.#gather)
      if (this.#chunked?.isDone === true) this.#phase = 'done'
      return
    }
    const length = Math.min(this.#left, window.end - window.at)
    // Callers' reads are buffers of their own: what is in one piece there stays there.
    this.#parts.onBody(window.bytes.subarray(window.at, window.at + length))
    window.at += length
    this.#left -= length
    if (this.#left === 0) this.#phase = 'done'
  }
}

/** The longest that is known is UNSUBSCRIBE. */
const MOST_METHOD_BYTES = 20

function mayBeMethod({ bytes, at: start, end }: ReadWindow): boolean {
  let at = start
  while (at < end && TOKEN[bytes[at] ?? 0] === 1) at += 1
  return at - start <= MOST_METHOD_BYTES && (at === end || (at > start && bytes[at] === SP))
}

function isLineEnd(octet: number | undefined): boolean {
  return octet === CR || octet === LF
}
