// Passes on what cannot be looked into: a body the backend compressed although it was asked not to. Only its bytes are counted,
// so that it is charged for something.
import type { WeirError } from '../../core/errors.ts'
import type { AnswerFacts } from '../dialects/answer-facts.ts'
import type { AnswerReader, Opening } from './answer-reader.ts'

export class OpaqueAnswer implements AnswerReader {
  readonly showsTokens = false
  readonly isComplete = false
  readonly #attempt: Opening
  readonly #facts: AnswerFacts

  constructor(attempt: Opening, facts: AnswerFacts) {
    this.#attempt = attempt
    this.#facts = facts
  }

  push(chunk: Buffer): void {
    if (!this.#attempt.isOpen) this.#attempt.open()
    this.#facts.tokenBytes += chunk.length
    this.#attempt.write(chunk)
  }

  end(): WeirError | undefined {
    if (!this.#attempt.isOpen) this.#attempt.open()
    return undefined
  }
}
