// Reads a streamed answer event by event: checks each, learns from it, and passes its bytes on as they came.
// An event is passed on when it is whole, so whatever happens next never leaves half of one with the caller.
import { errorEntry, WeirError } from '../../core/errors.ts'
import type { AnswerFacts } from '../dialects/answer-facts.ts'
import type { Api } from '../dialects/api.ts'
import type { AnswerReader, Opening } from './answer-reader.ts'
import { BodyBuffer } from './body-buffer.ts'
import type { StreamMeter } from './meter.ts'
import { isBlank, NdjsonBoundary } from './ndjson-scan.ts'
import { EventSplitter, type EventReader } from './splitter.ts'
import { findData, SseBoundary, type DataSpan } from './sse-scan.ts'

export type StreamFormat = 'sse' | 'ndjson'

export interface EventAnswerInput {
  readonly format: StreamFormat
  readonly api: Api
  readonly facts: AnswerFacts
  readonly meter: StreamMeter
  /** The caller did not ask for the event that carries usage and nothing else: we did. */
  readonly dropUsageEvent: boolean
}

const DONE = Buffer.from('[DONE]')
const EVENT_END = Buffer.from('\n\n')
const BYTE_ORDER_MARK = Buffer.from('\ufeff')
const LF = 0x0a

export class EventAnswer implements AnswerReader, EventReader {
  readonly showsTokens = true
  readonly #attempt: Opening
  readonly #input: EventAnswerInput
  readonly #splitter: EventSplitter
  readonly #data: DataSpan = { bytes: DONE, start: 0, end: 0 }
  #nowMs = 0
  #failed = false
  /** Something of the stream was read already. */
  #begun = false
  #terminated = false
  /** The stream ended in the middle of an event. */
  #tornOff = false
  /** The last event was kept from the caller, and what is left of it is to follow it. */
  #dropped = false
  /** Whole events that follow each other in one buffer leave in one write. */
  #run: Buffer | undefined
  #runStart = 0
  #runEnd = 0
  /** Comments from before the first event: they are nobody's reason to commit to this backend. */
  #prelude: BodyBuffer | undefined

  constructor(attempt: Opening, input: EventAnswerInput) {
    this.#attempt = attempt
    this.#input = input
    this.#splitter = new EventSplitter(input.format === 'sse' ? new SseBoundary() : new NdjsonBoundary())
  }

  get isComplete(): boolean {
    return this.#input.facts.done && !this.#failed
  }

  push(chunk: Buffer, nowMs: number): void {
    this.#nowMs = nowMs
    const bounded = this.#splitter.push(chunk, this)
    this.#flush()
    if (!bounded) this.#fail('an event larger than the limit')
  }

  end(nowMs: number): WeirError | undefined {
    this.#nowMs = nowMs
    this.#readRest()
    if (this.#failed) return undefined
    const { facts, api } = this.#input
    const finished = facts.done || (api.terminator !== undefined && facts.allFinished && !this.#tornOff)
    if (!finished) {
      const cause = 'the stream ended without its end marker'
      return new WeirError(this.#attempt.isOpen ? 'stream_interrupted' : 'backend_protocol_error', { cause })
    }
    if (api.terminator !== undefined && !this.#terminated) this.#attempt.write(api.terminator)
    return undefined
  }

  onEvent(bytes: Buffer, start: number, end: number): void {
    if (this.#failed) return
    if (this.#input.format === 'sse') this.#onSseEvent(bytes, start, end)
    else if (isBlank(bytes, start, end)) this.#pass(bytes, start, end)
    else if (this.#learn(bytes, start, end)) this.#open(bytes, start, end)
    else this.#giveUp(bytes, start, end)
  }

  #onSseEvent(bytes: Buffer, start: number, end: number): void {
    const data = this.#data
    if (this.#dropped && end - start === 1 && bytes[start] === LF) return
    this.#dropped = false
    const from = this.#begun ? start : behindMark(bytes, start)
    this.#begun = true
    // An event whose data is empty is none (WHATWG HTML 9.2.6).
    if (!findData(bytes, from, end, data) || data.start === data.end) {
      this.#pass(bytes, start, end)
      return
    }
    if (isDone(data)) {
      this.#terminated = true
      this.#input.facts.done = true
      this.#open(bytes, start, end)
      return
    }
    if (!this.#learn(data.bytes, data.start, data.end)) {
      this.#giveUp(bytes, start, end)
      return
    }
    const { facts, dropUsageEvent } = this.#input
    this.#dropped = dropUsageEvent && facts.usageHere && facts.noChoices
    if (!this.#dropped) this.#open(bytes, start, end)
  }

  /** Returns whether the event is sound. */
  #learn(bytes: Buffer, start: number, end: number): boolean {
    const { facts, meter } = this.#input
    if (!facts.read(bytes, start, end) || facts.failure !== undefined) return false
    if (facts.token) {
      meter.onToken(this.#nowMs)
      this.#attempt.firstTokenMs ??= this.#nowMs
    }
    return true
  }

  #open(bytes: Buffer, start: number, end: number): void {
    if (!this.#attempt.isOpen) {
      this.#attempt.open()
      if (this.#prelude !== undefined) this.#attempt.write(this.#prelude.take())
      this.#prelude = undefined
    }
    this.#pass(bytes, start, end)
  }

  #pass(bytes: Buffer, start: number, end: number): void {
    if (!this.#attempt.isOpen) {
      this.#prelude ??= new BodyBuffer()
      this.#prelude.add(bytes.subarray(start, end))
      if (this.#prelude.size > MAX_PRELUDE_BYTES) this.#fail('comments and no event')
      return
    }
    if (this.#run === bytes && this.#runEnd === start) {
      this.#runEnd = end
      return
    }
    this.#flush()
    this.#run = bytes
    this.#runStart = start
    this.#runEnd = end
  }

  #flush(): void {
    const run = this.#run
    if (run === undefined) return
    this.#run = undefined
    const isWhole = this.#runStart === 0 && this.#runEnd === run.length
    this.#attempt.write(isWhole ? run : run.subarray(this.#runStart, this.#runEnd))
  }

  #giveUp(bytes: Buffer, start: number, end: number): void {
    const { facts, api } = this.#input
    const { failure, tellsFailure, errorStart, errorEnd } = facts
    if (failure === undefined) {
      this.#fail('an event that is not JSON')
      return
    }
    this.#failed = true
    this.#flush()
    const isInside = errorEnd !== 0 && this.#data.bytes === bytes
    if (tellsFailure && isInside && api.toFailure !== undefined && this.#attempt.isOpen) {
      // The event brings what was made so far. Its reason is told in our words, unless it is the caller's own mistake.
      const reason =
        errorEntry(failure.code).blame === 'caller'
          ? bytes.subarray(errorStart, errorEnd)
          : Buffer.from(api.toFailure(failure))
      this.#attempt.write(
        Buffer.concat([bytes.subarray(start, errorStart), reason, bytes.subarray(errorEnd, end)]),
      )
      facts.failureTold = true
    }
    this.#attempt.fail(failure)
  }

  #fail(cause: string): void {
    if (this.#failed) return
    this.#failed = true
    this.#flush()
    this.#attempt.fail(new WeirError('backend_protocol_error', { cause }))
  }

  /** Some servers close without the empty line behind their last event. */
  #readRest(): void {
    const rest = this.#splitter.rest()
    if (rest.length === 0 || this.#failed) return
    if (isBlank(rest, 0, rest.length)) {
      this.#pass(rest, 0, rest.length)
      this.#flush()
      return
    }
    // Half an event is no event: it is left out, and the missing end is reported.
    const { format } = this.#input
    const isSound = format === 'ndjson' || this.#isSoundSse(rest)
    if (!isSound) {
      this.#tornOff = true
      return
    }
    const whole = format === 'sse' ? Buffer.concat([rest, EVENT_END]) : rest
    this.onEvent(whole, 0, whole.length)
    this.#flush()
  }

  #isSoundSse(rest: Buffer): boolean {
    const data: DataSpan = { bytes: rest, start: 0, end: 0 }
    if (!findData(rest, 0, rest.length, data)) return false
    return isDone(data) || isJson(data.bytes.toString('utf8', data.start, data.end))
  }
}

/** Keep-alive comments are a few bytes every few seconds: this holds more than any first-token clock lets pass. */
const MAX_PRELUDE_BYTES = 65_536

/** A byte order mark may open a stream (WHATWG HTML 9.2.5); the first event begins behind it. */
function behindMark(bytes: Buffer, start: number): number {
  const behind = start + BYTE_ORDER_MARK.length
  return bytes.subarray(start, behind).equals(BYTE_ORDER_MARK) ? behind : start
}

function isDone({ bytes, start, end }: DataSpan): boolean {
  let stop = end
  while (stop > start && (bytes[stop - 1] ?? 0) <= 0x20) stop -= 1
  return stop - start === DONE.length && bytes.compare(DONE, 0, DONE.length, start, stop) === 0
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
