// One answer after another out of the bytes of a connection, however they are cut. Knows no socket; whatever is not
// HTTP/1.1 as it should be is thrown as a ConnectionFault.
import { parseAnswerHead, CHUNKED, UNTIL_CLOSE, VERSION_PREFIX, type AnswerHead } from './answer-head.ts'
import { BodyGather } from '../../http1/body-gather.ts'
import { ChunkedBody } from '../../http1/chunked-body.ts'
import { closed, cut, invalid } from '../../http1/fault.ts'
import { BlockCollector } from '../../http1/field-block.ts'
import type { ReadWindow } from '../../http1/read-window.ts'

/** Who wants the parts of an answer. It may stop wanting them at any of them. */
export interface AnswerParts {
  onHead(head: AnswerHead): void
  /** The receiver keeps `bytes`: they are nobody else's. */
  onBody(bytes: Buffer): void
}

/** 100, 102 and 103 come once or twice before an answer; more is somebody who keeps us waiting. */
const MAX_INTERIM_HEADS = 16

type Phase = 'head' | 'length' | 'until-close' | 'chunked' | 'done'

export class AnswerParser {
  readonly #parts: AnswerParts
  readonly #head = new BlockCollector()
  readonly #gather = new BodyGather()
  #chunked: ChunkedBody | undefined
  #phase: Phase = 'done'
  #left = 0
  #interimHeads = 0
  #keepsAlive = false

  constructor(parts: AnswerParts) {
    this.#parts = parts
  }

  /** Makes ready for the next answer. */
  begin(): void {
    this.#phase = 'head'
    this.#interimHeads = 0
    this.#keepsAlive = false
    this.#head.reset()
  }

  get isDone(): boolean {
    return this.#phase === 'done'
  }

  /** Whether anything at all of the present answer has come. */
  get hasBegun(): boolean {
    return this.#phase !== 'head' || this.#head.isHolding || this.#interimHeads > 0
  }

  /** Whether another answer may follow the one that is done. */
  get keepsAlive(): boolean {
    return this.#keepsAlive
  }

  /** Reads until the window is empty or the answer done; what is then left in the window belongs to no answer. */
  read(window: ReadWindow): void {
    while (this.#phase === 'head' && !window.isEmpty) {
      if (this.#head.take(window)) this.#onHead(parseAnswerHead(this.#head.text))
      else if (!this.#head.mayBegin(VERSION_PREFIX)) throw invalid('something else than HTTP')
    }
    if (window.isEmpty || this.#phase === 'done') return
    try {
      this.#readBody(window)
    } finally {
      // What was sound before a fault was seen belongs to the answer all the same.
      const body = this.#gather.take()
      if (body !== undefined) this.#parts.onBody(body)
    }
  }

  /** The other side will send nothing more. Throws unless that is how this answer ends. */
  end(): void {
    if (this.#phase === 'until-close') this.#phase = 'done'
    if (this.#phase === 'done') return
    throw this.hasBegun ? cut() : closed()
  }

  #onHead(head: AnswerHead): void {
    if (head.status < 200) {
      // Nothing was asked that could be switched to.
      if (head.status === 101) throw invalid('another protocol')
      this.#interimHeads += 1
      if (this.#interimHeads > MAX_INTERIM_HEADS) throw invalid('one interim answer after another')
      return
    }
    this.#keepsAlive = head.keepsAlive
    this.#left = head.length
    if (head.length === CHUNKED) {
      this.#chunked ??= new ChunkedBody()
      this.#chunked.reset()
      this.#phase = 'chunked'
    } else if (head.length === UNTIL_CLOSE) this.#phase = 'until-close'
    else this.#phase = head.length === 0 ? 'done' : 'length'
    this.#parts.onHead(head)
  }

  #readBody(window: ReadWindow): void {
    if (this.#phase === 'chunked') {
      this.#chunked?.read(window, this.#gather)
      if (this.#chunked?.isDone === true) this.#phase = 'done'
      return
    }
    const present = window.end - window.at
    if (this.#phase === 'until-close') {
      this.#gather.add(window, present)
      return
    }
    const length = Math.min(this.#left, present)
    this.#gather.add(window, length)
    this.#left -= length
    if (this.#left === 0) this.#phase = 'done'
  }
}
