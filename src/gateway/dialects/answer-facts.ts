// What the gateway learns from an answer, event by event or as a whole, without building its values.
import type { WeirError } from '../../core/errors.ts'
import { ANSWER_SCAN, JsonScanner, KIND, type Kind, type Visitor } from '../json/scan.ts'
import { readNumber } from '../json/number.ts'
import { RecentTexts } from '../json/recent-texts.ts'
import { ANSWER, type Api } from './api.ts'
import { toReportedError } from './reported-error.ts'
import { toCount } from './token-count.ts'

/** Shared by every answer: a scan runs to its end before the next begins. */
const scanner = new JsonScanner(ANSWER_SCAN)
const texts = new RecentTexts()

/** `""`, `[]`, `{}`: nothing between the delimiters. */
const EMPTY_LENGTH = 2
const MAX_NAME_BYTES = 256
const MAX_MESSAGE_BYTES = 2_048

/** What stands there until the end: nothing, with some servers, or the status of a response that is being made. */
const UNFINISHED = new Set(['', 'queued', 'in_progress'])

/** Filled while an answer passes by. Durations in milliseconds. */
export class AnswerFacts implements Visitor {
  readonly #api: Api
  #bytes: Buffer | undefined
  #choices = 0
  #finishes = 0
  #failed = false
  #errorType: string | undefined
  #errorCode: string | undefined
  #errorMessage: string | undefined

  // Of the event read last.
  /** It carries generated text, reasoning or a tool call. */
  token = false
  /** It carries `usage`. */
  usageHere = false
  /** Its `choices` are there and empty. */
  noChoices = false
  choicesHere = false
  /** It reports an error: what it means, in words of ours. */
  failure: WeirError | undefined
  /** Where that stands in the bytes that were read; the end is 0 when nowhere. */
  errorStart = 0
  errorEnd = 0
  /** It is how this API tells of a failure, and ends the stream. */
  tellsFailure = false
  /** Its type, in the APIs that have one. */
  type: string | undefined

  // Of the whole answer so far.
  /** Events that carried something generated, and the bytes of it: what was seen when no count comes. */
  tokenEvents = 0
  tokenBytes = 0
  /** The caller was told of the failure, by the backend's own event. */
  failureTold = false
  model: string | undefined
  finishReason: string | undefined
  /** The end was announced: `[DONE]`, `done: true`, or an ending type. */
  done = false
  sequence = -1
  promptTokens: number | undefined
  outputTokens: number | undefined
  cachedTokens: number | undefined
  cacheWriteTokens: number | undefined
  reasoningTokens: number | undefined
  loadMs: number | undefined
  prefillMs: number | undefined
  decodeMs: number | undefined
  backendTotalMs: number | undefined

  constructor(api: Api) {
    this.#api = api
  }

  /** Every choice that was begun has its finish reason: with `n` greater than 1 there are several. */
  get allFinished(): boolean {
    return this.#finishes > 0 && this.#finishes >= this.#choices
  }

  /** Reads one JSON document. Returns false when it is malformed; what was learnt before that stays. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.token = false
    this.usageHere = false
    this.noChoices = false
    this.choicesHere = false
    this.failure = undefined
    this.type = undefined
    this.tellsFailure = false
    this.#failed = false
    this.errorEnd = 0
    this.#errorType = undefined
    this.#errorCode = undefined
    this.#errorMessage = undefined
    this.#bytes = bytes
    const problem = scanner.scan(bytes, start, end, this.#api.answerShape, this)
    this.#bytes = undefined
    if (this.type !== undefined) this.#applyType(this.type)
    if (this.token) this.tokenEvents += 1
    if (this.#failed) this.failure = this.#toFailure()
    return problem === undefined
  }

  // One flat switch over every id is easier to check than a table of closures, and costs nothing per event.
  // eslint-disable-next-line complexity, max-params -- see above
  onValue(id: number, kind: Kind, start: number, end: number): void {
    switch (id) {
      case ANSWER.token:
        if (kind === KIND.null || end - start <= EMPTY_LENGTH) return
        this.token = true
        this.tokenBytes += end - start - EMPTY_LENGTH
        return
      case ANSWER.model:
        this.model ??= this.#text(kind, start, end)
        return
      case ANSWER.finishReason:
        this.#noteFinish(this.#text(kind, start, end))
        return
      case ANSWER.choiceIndex:
        this.#choices = Math.max(this.#choices, (this.#number(kind, start, end) ?? 0) + 1)
        return
      case ANSWER.usage:
        if (kind === KIND.object) this.usageHere = true
        return
      case ANSWER.choices:
        this.choicesHere = true
        this.noChoices = kind === KIND.array && end - start === EMPTY_LENGTH
        return
      case ANSWER.error:
        if (isError(kind, end - start)) this.#noteError(start, end)
        return
      case ANSWER.errorType:
        this.#errorType = this.#text(kind, start, end)
        return
      case ANSWER.errorCode:
        this.#errorCode = this.#word(kind, start, end)
        return
      case ANSWER.errorMessage:
        this.#errorMessage = this.#sentence(kind, start, end)
        return
      case ANSWER.done:
        if (kind === KIND.true) this.done = true
        return
      case ANSWER.type:
        this.type = this.#text(kind, start, end)
        return
      default:
        this.#onNumber(id, this.#number(kind, start, end))
    }
  }

  /** A count that is missing or none leaves what an earlier event said. */
  #onNumber(id: number, value: number | undefined): void {
    if (value === undefined) return
    switch (id) {
      case ANSWER.promptTokens:
        this.promptTokens = toCount(value) ?? this.promptTokens
        return
      case ANSWER.outputTokens:
        this.outputTokens = toCount(value) ?? this.outputTokens
        return
      case ANSWER.cachedTokens:
        this.cachedTokens = toCount(value) ?? this.cachedTokens
        return
      case ANSWER.cacheWriteTokens:
        this.cacheWriteTokens = toCount(value) ?? this.cacheWriteTokens
        return
      case ANSWER.reasoningTokens:
        this.reasoningTokens = toCount(value) ?? this.reasoningTokens
        return
      case ANSWER.sequence:
        this.sequence = value
        return
      case ANSWER.loadNs:
        this.loadMs = value / NS_PER_MS
        return
      case ANSWER.promptEvalNs:
        this.prefillMs = value / NS_PER_MS
        return
      case ANSWER.evalNs:
        this.decodeMs = value / NS_PER_MS
        return
      case ANSWER.totalNs:
        this.backendTotalMs = value / NS_PER_MS
        return
      case ANSWER.promptMs:
        this.prefillMs = value
        return
      case ANSWER.predictedMs:
        this.decodeMs = value
    }
  }

  #applyType(type: string): void {
    const ending = this.#api.endingTypes.get(type)
    if (ending === 'complete') this.done = true
    else if (ending !== undefined) this.#failed = true
    this.tellsFailure = ending === 'failed'
  }

  #noteFinish(reason: string | undefined): void {
    if (reason === undefined || UNFINISHED.has(reason)) return
    this.finishReason = reason
    this.#finishes += 1
  }

  #noteError(start: number, end: number): void {
    this.#failed = true
    this.errorStart = start
    this.errorEnd = end
  }

  #text(kind: Kind, start: number, end: number): string | undefined {
    if (kind !== KIND.string || end - start > MAX_NAME_BYTES || this.#bytes === undefined) return undefined
    return texts.decode(this.#bytes, start, end)
  }

  #number(kind: Kind, start: number, end: number): number | undefined {
    if (kind !== KIND.number || this.#bytes === undefined) return undefined
    const value = readNumber(this.#bytes, start, end)
    return Number.isFinite(value) && value >= 0 ? value : undefined
  }

  /** A word, or a number that stands for one. */
  #word(kind: Kind, start: number, end: number): string | undefined {
    const number = this.#number(kind, start, end)
    return number === undefined ? this.#text(kind, start, end) : String(number)
  }

  #sentence(kind: Kind, start: number, end: number): string | undefined {
    if (kind !== KIND.string || end - start > MAX_MESSAGE_BYTES) return undefined
    return JSON.parse(this.#bytes?.toString('utf8', start, end) ?? '""') as string
  }

  #toFailure(): WeirError {
    return toReportedError({ type: this.#errorType, code: this.#errorCode, message: this.#errorMessage })
  }
}

/** As the official clients judge: an empty text says that there is none. */
function isError(kind: Kind, length: number): boolean {
  if (kind === KIND.null || kind === KIND.false) return false
  return kind !== KIND.string || length > EMPTY_LENGTH
}

const NS_PER_MS = 1e6
