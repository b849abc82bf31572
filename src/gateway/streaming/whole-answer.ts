// Reads an answer that comes in one piece. It is held until it is complete, so that a broken one can still be retried;
// one that is too large for that is passed on as it comes.
import { WeirError } from '../../core/errors.ts'
import type { AnswerFacts } from '../dialects/answer-facts.ts'
import type { AnswerReader, Opening } from './answer-reader.ts'
import { BodyBuffer } from './body-buffer.ts'

/** Chat answers are a few KiB, a batch of embeddings may be more: those beyond are passed on unchecked. */
const MAX_HELD_BYTES = 1_048_576

/** Where `usage` is looked for in an answer too large to hold: OpenAI-compatible servers put it last. */
const TAIL_BYTES = 4_096

export class WholeAnswer implements AnswerReader {
  readonly showsTokens = false
  readonly isComplete = false
  readonly #attempt: Opening
  readonly #facts: AnswerFacts
  readonly #held = new BodyBuffer()
  #tail: Buffer = EMPTY

  constructor(attempt: Opening, facts: AnswerFacts) {
    this.#attempt = attempt
    this.#facts = facts
  }

  push(chunk: Buffer): void {
    if (this.#attempt.isOpen) {
      this.#pass(chunk)
      return
    }
    this.#held.add(chunk)
    if (this.#held.size <= MAX_HELD_BYTES) return
    this.#attempt.open()
    this.#pass(this.#held.take())
  }

  end(): WeirError | undefined {
    if (this.#attempt.isOpen) {
      this.#readTail()
      return undefined
    }
    const body = this.#held.take()
    if (!this.#facts.read(body, 0, body.length)) return new WeirError('backend_protocol_error')
    if (this.#facts.failed && !this.#facts.choicesHere) {
      return new WeirError('backend_error', { cause: 'status 200 with an error inside' })
    }
    this.#attempt.open(body)
    return undefined
  }

  #pass(bytes: Buffer): void {
    this.#attempt.write(bytes)
    const last = bytes.subarray(-TAIL_BYTES)
    this.#tail = Buffer.concat([this.#tail, last]).subarray(-TAIL_BYTES)
  }

  /** `…"usage":{…}}` at the end: read as a document of its own. */
  #readTail(): void {
    const at = this.#tail.lastIndexOf('"usage"')
    if (at === -1) return
    const ending = Buffer.concat([OPEN_OBJECT, this.#tail.subarray(at)])
    this.#facts.read(ending, 0, ending.length)
  }
}

const EMPTY = Buffer.alloc(0)
const OPEN_OBJECT = Buffer.from('{')
