// Passes on what cannot be looked into: a body the backend compressed although it was asked not to.
import type { WeirError } from '../../core/errors.ts'
import type { AnswerReader, Opening } from './answer-reader.ts'

export class OpaqueAnswer implements AnswerReader {
  readonly showsTokens = false
  readonly isComplete = false
  readonly #attempt: Opening

  constructor(attempt: Opening) {
    this.#attempt = attempt
  }

  push(chunk: Buffer): void {
    if (!this.#attempt.isOpen) this.#attempt.open()
    this.#attempt.write(chunk)
  }

  end(): WeirError | undefined {
    if (!this.#attempt.isOpen) this.#attempt.open()
    return undefined
  }
}
