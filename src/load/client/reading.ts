// Reads one answer as it comes: notes when tokens arrived and what was counted, and says in the end whether it was whole.
import type { Api, Notes, SaidError } from '../apis/api.ts'
import type { Failure } from '../outcome.ts'
import { EventCutter } from './events.ts'

const OK = 200
/** Of an answer in one piece, and of an error. */
const MAX_BODY_BYTES = 33_554_432
const MESSAGE_CHARACTERS = 300
const DONE = '[DONE]'

export interface AnswerHead {
  readonly status: number
  readonly isStream: boolean
  readonly requestId: string | undefined
}

export class Reading {
  readonly tokensAtMs: number[] = []
  readonly notes: Notes = {
    promptTokens: undefined,
    outputTokens: undefined,
    isComplete: false,
    error: undefined,
  }
  readonly #api: Api
  readonly #head: AnswerHead
  readonly #cutter: EventCutter | undefined
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #events = 0
  #nowMs = 0
  #problem: string | undefined

  constructor(api: Api, head: AnswerHead) {
    this.#api = api
    this.#head = head
    if (head.status === OK && head.isStream)
      this.#cutter = new EventCutter(api.framing, (data) => this.#event(data))
  }

  /** False when nothing good can come any more. */
  read(chunk: Buffer, nowMs: number): boolean {
    this.#nowMs = nowMs
    if (this.#cutter !== undefined) {
      if (!this.#cutter.read(chunk)) this.#problem = 'answer_too_large'
    } else {
      this.#bytes += chunk.length
      if (this.#bytes > MAX_BODY_BYTES) this.#problem = 'answer_too_large'
      else this.#chunks.push(chunk)
    }
    return this.#problem !== 'answer_too_large'
  }

  /** The body has ended as HTTP wants it. Undefined: a good answer. */
  end(): Failure | undefined {
    const { status } = this.#head
    this.#cutter?.end()
    if (status !== OK) return this.#fail(`http_${status}`, this.#api.readError(parse(this.#body())))
    if (this.#cutter === undefined) return this.#endWhole()
    if (this.#problem !== undefined) return this.#fail(this.#problem, undefined)
    if (this.notes.error !== undefined) return this.#fail('error_in_stream', this.notes.error)
    if (this.#events === 0) return this.#fail('not_a_stream', undefined)
    if (!this.notes.isComplete) return this.#fail('stream_without_end', undefined)
    return this.tokensAtMs.length === 0 ? this.#fail('empty_answer', undefined) : undefined
  }

  /** The connection ended instead. What was said before it did explains more than that it did. */
  breakOff(code: string, message: string): Failure {
    const said = this.notes.error ?? { code: this.#problem, message: undefined }
    return this.#fail(code, { code: said.code, message: said.message ?? message })
  }

  #endWhole(): Failure | undefined {
    const body = parse(this.#body())
    if (body === undefined) return this.#fail('not_json', undefined)
    this.#api.readWhole(body, this.notes)
    if (this.notes.error !== undefined) return this.#fail('error_in_answer', this.notes.error)
    return this.notes.isComplete ? undefined : this.#fail('empty_answer', undefined)
  }

  #event(data: string): void {
    this.#events += 1
    if (data === DONE) {
      this.notes.isComplete = true
      return
    }
    const event = parse(data)
    if (event === undefined) this.#problem ??= 'malformed_event'
    else if (this.#api.readEvent(event, this.notes)) this.tokensAtMs.push(this.#nowMs)
  }

  #body(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }

  #fail(fallback: string, said: SaidError | undefined): Failure {
    const message = said?.message ?? MEANINGS[fallback] ?? this.#body().trim()
    return {
      code: said?.code ?? fallback,
      status: this.#head.status,
      message: message.slice(0, MESSAGE_CHARACTERS),
      requestId: this.#head.requestId,
    }
  }
}

const MEANINGS: Readonly<Record<string, string>> = {
  answer_too_large: 'an answer or an event of it is larger than any a model gives',
  not_a_stream: 'a stream was asked for, and something else came',
  stream_without_end: 'the stream ended without saying that it was complete',
  empty_answer: 'a complete answer with nothing in it',
  not_json: 'the answer is not JSON',
  malformed_event: 'an event of the stream is not JSON',
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
