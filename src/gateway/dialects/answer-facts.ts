// What the gateway learns from an answer, event by event or as a whole, without building its values.
import { ANSWER_SCAN, JsonScanner, KIND, type Kind, type Visitor } from '../json/scan.ts'
import { RecentTexts } from '../json/recent-texts.ts'
import { ANSWER, type Api } from './api.ts'

/** Shared by every answer: a scan runs to its end before the next begins. */
const scanner = new JsonScanner(ANSWER_SCAN)
const texts = new RecentTexts()

/** `""`, `[]`, `{}`: nothing between the delimiters. */
const EMPTY_LENGTH = 2
const MAX_NAME_BYTES = 256

/** Filled while an answer passes by. Durations in milliseconds. */
export class AnswerFacts implements Visitor {
  readonly #api: Api
  #bytes: Buffer | undefined
  #choices = 0
  #finishes = 0

  // Of the event read last.
  /** It carries generated text, reasoning or a tool call. */
  token = false
  /** It carries `usage`. */
  usageHere = false
  /** Its `choices` are there and empty. */
  noChoices = false
  choicesHere = false
  /** It reports an error. What it says is the backend's affair: it may quote the prompt. */
  failed = false
  /** Its type, in the APIs that have one. */
  type: string | undefined

  // Of the whole answer so far.
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
    this.failed = false
    this.type = undefined
    this.#bytes = bytes
    const problem = scanner.scan(bytes, start, end, this.#api.answerShape, this)
    this.#bytes = undefined
    if (this.type !== undefined) this.#applyType(this.type)
    return problem === undefined
  }

  // One flat switch over every id is easier to check than a table of closures, and costs nothing per event.
  // eslint-disable-next-line complexity, max-params -- see above
  onValue(id: number, kind: Kind, start: number, end: number): void {
    switch (id) {
      case ANSWER.token:
        if (kind !== KIND.null && end - start > EMPTY_LENGTH) this.token = true
        return
      case ANSWER.model:
        this.model ??= this.#text(kind, start, end)
        return
      case ANSWER.finishReason:
        // Some servers send an empty one until the end.
        if (kind !== KIND.string || end - start === EMPTY_LENGTH) return
        this.finishReason = this.#text(kind, start, end)
        this.#finishes += 1
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
        // As the official clients judge: no error, but something to say that there is none.
        if (kind === KIND.null || kind === KIND.false) return
        if (kind !== KIND.string || end - start > EMPTY_LENGTH) this.failed = true
        return
      case ANSWER.done:
        if (kind === KIND.true) this.done = true
        return
      case ANSWER.type:
        this.type = this.#text(kind, start, end)
        return
      case ANSWER.sequence:
        this.sequence = this.#number(kind, start, end) ?? this.sequence
        return
      case ANSWER.promptTokens:
        this.promptTokens = this.#number(kind, start, end) ?? this.promptTokens
        return
      case ANSWER.outputTokens:
        this.outputTokens = this.#number(kind, start, end) ?? this.outputTokens
        return
      case ANSWER.cachedTokens:
        this.cachedTokens = this.#number(kind, start, end) ?? this.cachedTokens
        return
      case ANSWER.cacheWriteTokens:
        this.cacheWriteTokens = this.#number(kind, start, end) ?? this.cacheWriteTokens
        return
      case ANSWER.reasoningTokens:
        this.reasoningTokens = this.#number(kind, start, end) ?? this.reasoningTokens
        return
      case ANSWER.loadNs:
        this.loadMs = this.#nanoseconds(kind, start, end)
        return
      case ANSWER.promptEvalNs:
        this.prefillMs = this.#nanoseconds(kind, start, end)
        return
      case ANSWER.evalNs:
        this.decodeMs = this.#nanoseconds(kind, start, end)
        return
      case ANSWER.totalNs:
        this.backendTotalMs = this.#nanoseconds(kind, start, end)
        return
      case ANSWER.promptMs:
        this.prefillMs = this.#number(kind, start, end)
        return
      case ANSWER.predictedMs:
        this.decodeMs = this.#number(kind, start, end)
        return
    }
  }

  #applyType(type: string): void {
    const ending = this.#api.endingTypes.get(type)
    if (ending === 'complete') this.done = true
    else if (ending === 'error') this.failed = true
  }

  #text(kind: Kind, start: number, end: number): string | undefined {
    if (kind !== KIND.string || end - start > MAX_NAME_BYTES || this.#bytes === undefined) return undefined
    return texts.decode(this.#bytes, start, end)
  }

  #number(kind: Kind, start: number, end: number): number | undefined {
    if (kind !== KIND.number || this.#bytes === undefined) return undefined
    const value = toNumber(this.#bytes, start, end)
    return Number.isFinite(value) && value >= 0 ? value : undefined
  }

  #nanoseconds(kind: Kind, start: number, end: number): number | undefined {
    const value = this.#number(kind, start, end)
    return value === undefined ? undefined : value / NS_PER_MS
  }
}

const NS_PER_MS = 1e6

const ZERO = 0x30

/** Fifteen digits fit a double exactly. */
const MAX_PLAIN_DIGITS = 15

/** Token counts and nanoseconds are plain digits; anything else takes the general way. */
function toNumber(bytes: Buffer, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9 || at - start >= MAX_PLAIN_DIGITS)
      return Number(bytes.toString('latin1', start, end))
    value = value * 10 + digit
  }
  return value
}
