// Reads the body of an answer with an error status, as far as it is worth reading.
import type { IncomingHttpHeaders } from 'node:http'
import type { WeirError } from '../../core/errors.ts'
import { toRefusal } from '../upstream/classify.ts'
import type { AnswerReader, Opening } from './answer-reader.ts'
import { BodyBuffer } from './body-buffer.ts'

const MAX_REFUSAL_BYTES = 65_536

export class RefusalAnswer implements AnswerReader {
  readonly showsTokens = false
  readonly isComplete = false
  readonly #attempt: Opening
  readonly #status: number
  readonly #headers: IncomingHttpHeaders
  readonly #held = new BodyBuffer()

  constructor(attempt: Opening, status: number, headers: IncomingHttpHeaders) {
    this.#attempt = attempt
    this.#status = status
    this.#headers = headers
  }

  push(chunk: Buffer): void {
    this.#held.add(chunk)
    if (this.#held.size > MAX_REFUSAL_BYTES) this.#attempt.fail(this.#judge(EMPTY))
  }

  end(): WeirError | undefined {
    const body = this.#held.take()
    return this.#judge(body)
  }

  /** The caller's own mistake is told in the backend's words, if they are JSON: they name the field. */
  #judge(body: Buffer): WeirError {
    const { error, passBody } = toRefusal(this.#status, this.#headers)
    if (passBody && isJsonObject(body)) this.#attempt.open(body, error)
    return error
  }
}

const EMPTY = Buffer.alloc(0)

function isJsonObject(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}
