// Reads an answer that comes in one piece. It is held until it is complete, so that a broken one can still be retried;
// one that is too large for that is passed on as it comes, and only its end is checked.
import { WeirError } from '../../core/errors.ts'
import type { AnswerFacts } from '../dialects/answer-facts.ts'
import { BracketCount } from '../json/bracket-count.ts'
import type { AnswerReader, Opening } from './answer-reader.ts'
import { BodyBuffer } from './body-buffer.ts'

/** Chat answers are a few KiB, a batch of embeddings may be more: those beyond are passed on as they come. */
const MAX_HELD_BYTES = 1_048_576

/** Of an answer too large to hold, its beginning is read and so much of its end: counts come last, in every API. */
const TAIL_BYTES = 16_384

/** What is looked for there. Inside a text each quote is escaped, so these are keys, or values and then of no harm. */
const TAIL_KEYS = [
  ...['"model"', '"stop_reason"', '"usage"'],
  ...['"done_reason"', '"total_duration"', '"load_duration"', '"prompt_eval_count"'],
]

export class WholeAnswer implements AnswerReader {
  readonly showsTokens = false
  readonly isComplete = false
  readonly #attempt: Opening
  readonly #facts: AnswerFacts
  readonly #held = new BodyBuffer()
  #tail: Buffer = EMPTY
  #brackets: BracketCount | undefined

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
    const beginning = this.#held.take()
    // It breaks off, but what it said before that counts: most servers name the model first.
    this.#facts.read(beginning, 0, beginning.length)
    this.#pass(beginning)
  }

  end(): WeirError | undefined {
    if (this.#attempt.isOpen) {
      this.#readTail()
      return this.#brackets?.isClosed === true
        ? undefined
        : new WeirError('stream_interrupted', { cause: TORN })
    }
    const body = this.#held.take()
    if (!this.#facts.read(body, 0, body.length)) return new WeirError('backend_protocol_error')
    const { failure, choicesHere } = this.#facts
    if (failure !== undefined && !choicesHere) return failure
    this.#attempt.open(body)
    return undefined
  }

  #pass(bytes: Buffer): void {
    this.#attempt.write(bytes)
    this.#brackets ??= new BracketCount()
    this.#brackets.add(bytes)
    const last = bytes.subarray(-TAIL_BYTES)
    this.#tail = last.length === TAIL_BYTES ? last : Buffer.concat([this.#tail, last]).subarray(-TAIL_BYTES)
  }

  /** `…"usage":{…}}`: from each key on, the end is read as a document of its own. */
  #readTail(): void {
    for (const key of TAIL_KEYS) {
      const at = this.#tail.lastIndexOf(key)
      if (at === -1) continue
      const ending = Buffer.concat([OPEN_OBJECT, this.#tail.subarray(at)])
      this.#facts.read(ending, 0, ending.length)
    }
  }
}

/** A body without a length ends with its connection, and one that breaks off looks the same. */
const TORN = 'the answer ended in the middle of its JSON'

const EMPTY = Buffer.alloc(0)
const OPEN_OBJECT = Buffer.from('{')
