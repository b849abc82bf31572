// Reads from a request body what routing needs, and refuses what other parsers might read differently.
// The body itself is never changed here: it goes to the backend as the bytes that came.
import { isUtf8 } from 'node:buffer'
import { WeirError } from '../../core/errors.ts'
import { JsonScanner, KIND, type Kind, type ScanProblem, type Visitor } from '../json/scan.ts'
import { RecentTexts } from '../json/recent-texts.ts'
import { REQUEST, type Api } from './api.ts'
import type { UsageAsk } from './ask-usage.ts'

export interface RequestFacts {
  readonly model: string
  /** Where its name stands in the body, quotes included. */
  readonly modelStart: number
  readonly modelEnd: number
  readonly stream: boolean
  /** Bytes of the messages, prompt or input. */
  readonly promptBytes: number
  /** The most tokens that the caller allows for an answer; undefined where it names no limit. */
  readonly maxOutput: number | undefined
  /** How many answers it wants. */
  readonly choices: number
  /** How to ask for usage, when the caller of a stream did not. */
  readonly usageAsk: UsageAsk | undefined
}

const MAX_MODEL_BYTES = 512
const OPEN_OBJECT = 0x7b

const PROBLEMS: Readonly<Record<ScanProblem, (offset: number) => string>> = {
  syntax: (offset) => `The body is not valid JSON (byte ${offset}).`,
  too_deep: (offset) => `The body is nested too deeply (byte ${offset}).`,
  duplicate_key: (offset) => `The body has the same key twice in one object (byte ${offset}).`,
}

/** One per process and depth limit: it keeps its stacks and its findings between requests. */
export class RequestParser implements Visitor {
  readonly #scanner: JsonScanner
  readonly #names = new RecentTexts()
  #body: Buffer = Buffer.alloc(0)
  #model: string | undefined
  #modelStart = 0
  #modelEnd = 0
  #alias: string | undefined
  #stream: boolean | undefined
  #promptBytes = 0
  #maxOutput: number | undefined
  #choices = 1
  #optionsStart = 0
  #optionsEnd = 0
  #optionsKind: Kind | undefined
  #includeUsage: { start: number; end: number; value: boolean } | undefined

  constructor(maxDepth: number) {
    this.#scanner = new JsonScanner({ maxDepth, uniqueKeys: true })
  }

  /** Throws `invalid_request`, naming the field at fault where there is one. */
  parse(body: Buffer, api: Api): RequestFacts {
    this.#reset(body)
    if (!isUtf8(body)) throw invalid('The body is not valid UTF-8.')
    const problem = this.#scanner.scan(body, 0, body.length, api.requestShape, this)
    if (problem !== undefined) throw malformed(body, problem, this.#scanner.errorOffset)
    const start = firstByte(body)
    if (body[start] !== OPEN_OBJECT) throw invalid('The body must be a JSON object.')
    const model = this.#model ?? this.#alias
    if (model === undefined) throw invalid('The field model is required.', 'model')
    const stream = this.#stream ?? api.streamsByDefault
    const facts: RequestFacts = {
      model,
      modelStart: this.#modelStart,
      modelEnd: this.#modelEnd,
      stream,
      promptBytes: this.#promptBytes,
      maxOutput: this.#maxOutput,
      choices: this.#choices,
      usageAsk: stream && api.asksUsage ? this.#usageAsk(start) : undefined,
    }
    this.#body = EMPTY
    return facts
  }

  // eslint-disable-next-line max-params -- called for each field of interest: an options object would be garbage each time
  onValue(id: number, kind: Kind, start: number, end: number): void {
    if (id === REQUEST.model) {
      this.#model = this.#modelName(kind, start, end)
      this.#modelStart = start
      this.#modelEnd = end
    } else if (id === REQUEST.modelAlias) {
      this.#alias = this.#modelName(kind, start, end)
      // Where both are given, the other one counts.
      if (this.#model !== undefined) return
      this.#modelStart = start
      this.#modelEnd = end
    } else if (id === REQUEST.stream) this.#stream = this.#flag(kind, 'stream')
    else if (id === REQUEST.prompt) this.#promptBytes += end - start
    else if (id === REQUEST.includeUsage) {
      const value = this.#flag(kind, 'stream_options.include_usage') ?? false
      this.#includeUsage = { start, end, value }
    } else if (id === REQUEST.maxOutput || id === REQUEST.choices) {
      this.#count(id, kind, Number(this.#body.toString('latin1', start, end)))
    } else if (id === REQUEST.streamOptions) {
      if (kind !== KIND.object && kind !== KIND.null) {
        throw invalid('The field stream_options must be an object.', 'stream_options')
      }
      this.#optionsKind = kind
      this.#optionsStart = start
      this.#optionsEnd = end
    }
  }

  #reset(body: Buffer): void {
    this.#body = body
    this.#model = undefined
    this.#alias = undefined
    this.#stream = undefined
    this.#promptBytes = 0
    this.#maxOutput = undefined
    this.#choices = 1
    this.#optionsKind = undefined
    this.#includeUsage = undefined
  }

  /** What is no count is for the backend to refuse; below one it means no limit (Ollama: -1). */
  #count(id: number, kind: Kind, value: number): void {
    if (kind !== KIND.number || !(value >= 1)) return
    const count = Math.ceil(Math.min(value, Number.MAX_SAFE_INTEGER))
    if (id === REQUEST.choices) this.#choices = count
    // OpenAI's older and newer name may both be there.
    else if (this.#maxOutput === undefined || count > this.#maxOutput) this.#maxOutput = count
  }

  #modelName(kind: Kind, start: number, end: number): string {
    if (kind !== KIND.string) throw invalid('The field model must be a string.', 'model')
    if (end - start > MAX_MODEL_BYTES) throw invalid('The field model is too long.', 'model')
    const name = this.#names.decode(this.#body, start, end)
    if (name === '') throw invalid('The field model must not be empty.', 'model')
    return name
  }

  #flag(kind: Kind, param: string): boolean | undefined {
    if (kind === KIND.true) return true
    if (kind === KIND.false) return false
    if (kind === KIND.null) return undefined
    throw invalid(`The field ${param} must be true or false.`, param)
  }

  #usageAsk(objectStart: number): UsageAsk | undefined {
    if (this.#includeUsage?.value === true) return undefined
    if (this.#includeUsage !== undefined) {
      return { kind: 'replace-flag', start: this.#includeUsage.start, end: this.#includeUsage.end }
    }
    if (this.#optionsKind === KIND.object) return { kind: 'add-flag', at: this.#optionsStart + 1 }
    if (this.#optionsKind === KIND.null) {
      return { kind: 'replace-options', start: this.#optionsStart, end: this.#optionsEnd }
    }
    return { kind: 'add-options', at: objectStart + 1 }
  }
}

const EMPTY = Buffer.alloc(0)

function firstByte(body: Buffer): number {
  let at = 0
  while (at < body.length && (body[at] ?? 0) <= 0x20) at += 1
  return at
}

function malformed(body: Buffer, problem: ScanProblem, offset: number): WeirError {
  const key = problem === 'duplicate_key' ? keyAt(body, offset) : undefined
  return invalid(PROBLEMS[problem](offset), key)
}

/** A key as people write them: anything else is only pointed at. */
const PLAIN_KEY = /^([\w.-]{1,64})"/

function keyAt(body: Buffer, offset: number): string | undefined {
  return PLAIN_KEY.exec(body.toString('latin1', offset, offset + 65))?.[1]
}

function invalid(message: string, param?: string): WeirError {
  return new WeirError('invalid_request', param === undefined ? { message } : { message, param })
}
