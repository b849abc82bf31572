// The middle of request lines: everything that says what kind of request it was. Most requests are of one of a few kinds, so
// their middles are written once and copied. What differs from one request to the next is not here.
import type { RequestRecord } from '../core/record.ts'
import { LineWriter } from './log-line.ts'

/** A model name is free text of the caller, a finish reason of the backend: enough of it to recognise. */
const MOST_NAME_CHARACTERS = 128

export function textField(line: LineWriter, start: string, value: string | undefined): void {
  if (value === undefined) return
  line.raw(start)
  line.text(value, MOST_NAME_CHARACTERS)
}

export function numberField(line: LineWriter, start: string, value: number | undefined): void {
  if (value === undefined) return
  line.raw(start)
  line.number(value)
}

/** Callers can bring any number of kinds, by names of models that they make up: so many are kept, the oldest goes. */
const MOST_KINDS = 32

interface Kind {
  readonly like: RequestRecord
  readonly middle: Buffer
}

export class LineKinds {
  readonly #kinds: Kind[] = []
  /** Where the last one was found: the next is most often the same. */
  #last = 0
  #oldest = 0
  readonly #line = new LineWriter(4_096)

  /** The bytes from `method` to `cold`; to be copied, not kept. */
  of(record: RequestRecord): Buffer {
    const last = this.#kinds[this.#last]
    if (last !== undefined && isAlike(last.like, record)) return last.middle
    for (const [at, kind] of this.#kinds.entries()) {
      if (!isAlike(kind.like, record)) continue
      this.#last = at
      return kind.middle
    }
    return this.#learn(record)
  }

  #learn(record: RequestRecord): Buffer {
    this.#line.cut(0)
    writeQuestion(this.#line, record)
    writeAnswer(this.#line, record)
    const middle = this.#line.take()
    this.#last = this.#kinds.length < MOST_KINDS ? this.#kinds.length : this.#oldest
    if (this.#kinds.length === MOST_KINDS) this.#oldest = (this.#oldest + 1) % MOST_KINDS
    this.#kinds[this.#last] = { like: toKind(record), middle }
    return middle
  }
}

/** A copy without what is large or tells of one request alone: a kind must not keep a request alive. */
function toKind(record: RequestRecord): RequestRecord {
  return { ...record, attempts: [], gaps: undefined, queued: undefined }
}

/** What differs most often comes first. A property test holds this list to the fields that are written. */
function isAlike(a: RequestRecord, b: RequestRecord): boolean {
  return (
    a.modelAsked === b.modelAsked &&
    a.modelRouted === b.modelRouted &&
    a.modelAnswered === b.modelAnswered &&
    a.backend === b.backend &&
    a.key === b.key &&
    a.tenant === b.tenant &&
    a.status === b.status &&
    a.endpoint === b.endpoint &&
    a.stream === b.stream &&
    a.finishReason === b.finishReason &&
    a.cold === b.cold &&
    a.outcome === b.outcome &&
    a.code === b.code &&
    isAlikeInPassing(a, b)
  )
}

function isAlikeInPassing(a: RequestRecord, b: RequestRecord): boolean {
  return (
    a.method === b.method &&
    a.dialect === b.dialect &&
    a.operation === b.operation &&
    a.fallbackFrom === b.fallbackFrom &&
    a.fallbackReason === b.fallbackReason &&
    a.blame === b.blame &&
    a.shed === b.shed &&
    a.interruptedBy === b.interruptedBy
  )
}

/** What was asked, of whom, by whom. */
function writeQuestion(line: LineWriter, r: RequestRecord): void {
  textField(line, ',"method":', r.method)
  textField(line, ',"endpoint":', r.endpoint)
  textField(line, ',"dialect":', r.dialect)
  textField(line, ',"operation":', r.operation)
  textField(line, ',"model":', r.modelRouted)
  // Other names for the model only where they tell something: an alias, or an answer from another model.
  if (r.modelAsked !== r.modelRouted) textField(line, ',"model_asked":', r.modelAsked)
  if (r.modelAnswered !== r.modelRouted) textField(line, ',"model_answered":', r.modelAnswered)
  if (r.fallbackFrom !== undefined) {
    textField(line, ',"fallback_from":', r.fallbackFrom)
    textField(line, ',"fallback_reason":', r.fallbackReason)
  }
  textField(line, ',"backend":', r.backend)
  textField(line, ',"key":', r.key)
  textField(line, ',"tenant":', r.tenant)
  line.raw(r.stream ? ',"stream":true' : ',"stream":false')
}

/** How it ended. */
function writeAnswer(line: LineWriter, r: RequestRecord): void {
  numberField(line, ',"status":', r.status)
  textField(line, ',"outcome":', r.outcome)
  textField(line, ',"code":', r.code)
  textField(line, ',"shed":', r.shed)
  textField(line, ',"blame":', r.blame)
  textField(line, ',"interrupted_by":', r.interruptedBy)
  textField(line, ',"finish_reason":', r.finishReason)
  if (r.cold) line.raw(',"cold":true')
}
