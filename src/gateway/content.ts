// Prompt and answer of one request, held while it is in flight, where somebody asked for them to be kept. It copies what passes,
// within bounds, and gives it away when the record is sealed. It reads nothing of it, and never sees a header.
import type { Principal } from '../access/principal.ts'
import type { ContentPolicy, ContentSink, OmittedAnswer } from '../core/content.ts'
import type { Ids } from '../core/ids.ts'
import type { Operation, RequestRecord } from '../core/record.ts'

/** Gets what was said in a request right behind its record, where that is to be kept. */
export type TakeContent = ContentSink['accept']

/** What is kept under one configuration; a key's own policy goes before that of the file. */
export interface ContentRule {
  readonly policy: ContentPolicy
  /** 0 to 1: the share that `sampled` keeps. */
  readonly sampleRatio: number
  /** Of the prompt, and of the text of the answer. */
  readonly maxBytes: number
}

/** A streamed token of some 4 bytes comes in an event of up to 250 (OpenAI's chunks): so much more is held than its text takes. */
const EVENT_BYTES_PER_TEXT_BYTE = 16

/** All requests in flight together. Beyond it contents are cut: what is kept for later must not cost a request its memory. */
const MAX_HELD_BYTES = 64 * 1_048_576

const FIRST_ANSWER_BYTES = 4_096

/** Decides whose content is held, and counts how much of it there is. One for each gateway. */
export class ContentKeeper {
  readonly #sink: TakeContent
  readonly #random: () => number
  readonly #maxHeldBytes: number
  heldBytes = 0

  constructor(sink: TakeContent, random: () => number, maxHeldBytes: number = MAX_HELD_BYTES) {
    this.#sink = sink
    this.#random = random
    this.#maxHeldBytes = maxHeldBytes
  }

  /** Undefined for a request of which nothing will be kept: it then costs nothing. */
  open(rule: ContentRule, principal: Principal | undefined): ContentCapture | undefined {
    const policy = principal?.content ?? rule.policy
    if (policy === 'none') return undefined
    // By chance and not by the request's id: that may be the caller's own choice.
    if (policy === 'sampled' && this.#random() >= rule.sampleRatio) return undefined
    return new ContentCapture(this, { maxBytes: rule.maxBytes, onlyFailed: policy === 'errors' })
  }

  /** Of a request that is over. */
  close(capture: ContentCapture, { id, outcome }: RequestRecord): void {
    const { prompt, promptCut, answer, answerCut, answerOmitted } = capture
    const isWanted = !capture.onlyFailed || outcome !== 'ok'
    this.giveBack(prompt.length + capture.reservedBytes)
    if (isWanted) this.#sink({ requestId: id, prompt, promptCut, answer, answerCut, answerOmitted })
  }

  take(bytes: number): boolean {
    if (this.heldBytes + bytes > this.#maxHeldBytes) return false
    this.heldBytes += bytes
    return true
  }

  giveBack(bytes: number): void {
    this.heldBytes -= bytes
  }
}

/** Undefined where nobody takes contents. */
export function createKeeper(options: {
  readonly onContent?: TakeContent
  readonly ids: Ids
}): ContentKeeper | undefined {
  const { onContent, ids } = options
  return onContent === undefined ? undefined : new ContentKeeper(onContent, () => ids.random())
}

export class ContentCapture {
  readonly onlyFailed: boolean
  readonly #keeper: ContentKeeper
  readonly #maxBytes: number
  prompt: Buffer = EMPTY
  promptCut = false
  answerCut = false
  answerOmitted: OmittedAnswer | undefined = undefined
  #answer: Buffer = EMPTY
  #length = 0

  constructor(keeper: ContentKeeper, { maxBytes, onlyFailed }: { maxBytes: number; onlyFailed: boolean }) {
    this.#keeper = keeper
    this.#maxBytes = maxBytes
    this.onlyFailed = onlyFailed
  }

  get reservedBytes(): number {
    return this.#answer.length
  }

  /** What came so far; whole characters where it was cut. */
  get answer(): Buffer {
    const answer = this.#answer.subarray(0, this.#length)
    return this.answerCut ? wholeCharacters(answer) : answer
  }

  /** A copy: the body itself is a part of what was read from the socket, and is let go at the commit point. */
  takePrompt(body: Buffer): void {
    this.promptCut = body.length > this.#maxBytes
    const part = this.promptCut ? wholeCharacters(body.subarray(0, this.#maxBytes)) : body
    if (!this.#keeper.take(part.length)) {
      this.promptCut = true
      return
    }
    this.prompt = Buffer.allocUnsafeSlow(part.length)
    part.copy(this.prompt)
  }

  /** Before the first byte of a backend's answer: some answers hold nothing that could be read. */
  beginAnswer(encoding: string | undefined, operation: Operation): void {
    if (encoding !== undefined && encoding !== 'identity') this.answerOmitted = 'compressed'
    else if (operation === 'embeddings') this.answerOmitted = 'embeddings'
  }

  addAnswer(bytes: Buffer): void {
    if (this.answerCut || this.answerOmitted !== undefined) return
    const max = this.#maxBytes * EVENT_BYTES_PER_TEXT_BYTE
    const wanted = Math.min(this.#length + bytes.length, max)
    if (wanted > this.#answer.length && !this.#grow(wanted, max)) {
      this.answerCut = true
      return
    }
    this.answerCut = this.#length + bytes.length > max
    this.#length += bytes.copy(this.#answer, this.#length, 0, wanted - this.#length)
  }

  #grow(wanted: number, max: number): boolean {
    const size = Math.min(Math.max(wanted, 2 * this.#answer.length, FIRST_ANSWER_BYTES), max)
    if (!this.#keeper.take(size - this.#answer.length)) return false
    const larger = Buffer.allocUnsafeSlow(size)
    this.#answer.copy(larger, 0, 0, this.#length)
    this.#answer = larger
    return true
  }
}

const EMPTY = Buffer.alloc(0)

const MAX_CHARACTER_BYTES = 4

/** Without the beginning of a UTF-8 character (RFC 3629) whose end was cut off. */
function wholeCharacters(bytes: Buffer): Buffer {
  const { length } = bytes
  for (let back = 1; back <= Math.min(MAX_CHARACTER_BYTES, length); back += 1) {
    const byte = bytes[length - back] ?? 0
    if (byte < 0x80) return bytes
    if (byte < 0xc0) continue
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return size > back ? bytes.subarray(0, length - back) : bytes
  }
  return bytes
}
