// Takes records apart into a few arrays, one record after the other. Runs beside requests: it makes no object per record.
import type { Attempt, GapSketch, Phases, RequestRecord } from '../../core/record.ts'
import type { StoredRecord } from '../store.ts'
import { ATTEMPT_NUMS, ATTEMPT_REFS, FLAG, GAP_NUMS, NUM, NUMS, REF, REFS } from './layout.ts'
import type { PackedRecords } from './layout.ts'

/** Room for this many records with one attempt each, before it has to grow. */
const FIRST_RECORDS = 128
/** More room than any record needs whose attempts and buckets are counted apart. */
const SPARE = 4
const DOUBLE_BYTES = Float64Array.BYTES_PER_ELEMENT
const REF_BYTES = Uint32Array.BYTES_PER_ELEMENT

/** Places where the same word mostly follows itself: the last one is remembered for each. */
const PLACES = REFS + ATTEMPT_REFS

const NO_TEXT = ''

export class RecordPacker {
  #numbers = new Float64Array(FIRST_RECORDS * (NUMS + ATTEMPT_NUMS))
  #refs = new Uint32Array(FIRST_RECORDS * (REFS + ATTEMPT_REFS))
  #numbersUsed = 0
  #refsUsed = 0
  #words: string[] = []
  readonly #places = new Map<string, number>()
  readonly #lastWords: (string | undefined)[] = new Array<undefined>(PLACES)
  readonly #lastRefs = new Uint32Array(PLACES)
  #text = NO_TEXT
  #count = 0
  #bounds: readonly number[] | undefined
  #boundsText = NO_TEXT

  get count(): number {
    return this.#count
  }

  /** What is held, roughly. */
  get bytes(): number {
    return this.#numbersUsed * DOUBLE_BYTES + this.#refsUsed * REF_BYTES + this.#text.length
  }

  add({ record, verdict }: StoredRecord): void {
    const { attempts, gaps } = record
    this.#makeRoom(attempts.length, gaps?.counts.length ?? 0)
    const refs = this.#refs
    const at = this.#refsUsed
    const hasTrace = record.traceId !== undefined
    const hasSpan = record.parentSpanId !== undefined
    const verdictText = verdict?.text ?? NO_TEXT
    refs[at + REF.flags] = toFlags(record) | (verdict === undefined ? 0 : FLAG.hasVerdict)
    refs[at + REF.attempts] = attempts.length
    refs[at + REF.idLength] = record.id.length
    refs[at + REF.traceLength] = hasTrace ? record.traceId.length : 0
    refs[at + REF.spanLength] = hasSpan ? record.parentSpanId.length : 0
    refs[at + REF.verdictLength] = verdictText.length
    this.#text += record.id
    if (hasTrace) this.#text += record.traceId
    if (hasSpan) this.#text += record.parentSpanId
    if (verdictText !== NO_TEXT) this.#text += verdictText
    this.#addNames(record, at)
    refs[at + REF.cause] = this.#word(REF.cause, verdict?.cause)
    refs[at + REF.gapBounds] = gaps === undefined ? 0 : this.#word(REF.gapBounds, this.#printBounds(gaps))
    this.#addNumbers(record, verdict?.shareRatio)
    this.#refsUsed += REFS
    this.#numbersUsed += NUMS
    for (const attempt of attempts) this.#addAttempt(attempt)
    if (gaps !== undefined) this.#addGaps(gaps)
    this.#count += 1
  }

  /** Everything that was added since the last time. The arrays are no longer ours. */
  take(): PackedRecords {
    const packed = {
      count: this.#count,
      numbers: this.#numbers,
      refs: this.#refs,
      words: this.#words,
      text: this.#text,
    }
    // As large as this one had to be: the next is likely to be no smaller.
    this.#numbers = new Float64Array(this.#numbers.length)
    this.#refs = new Uint32Array(this.#refs.length)
    this.#numbersUsed = 0
    this.#refsUsed = 0
    this.#words = []
    this.#places.clear()
    this.#lastWords.fill(undefined)
    this.#text = NO_TEXT
    this.#count = 0
    return packed
  }

  #makeRoom(attempts: number, buckets: number): void {
    const numbers = this.#numbersUsed + NUMS + attempts * ATTEMPT_NUMS + GAP_NUMS + buckets + SPARE
    if (numbers > this.#numbers.length) {
      const grown = new Float64Array(Math.max(numbers, this.#numbers.length * 2))
      grown.set(this.#numbers.subarray(0, this.#numbersUsed))
      this.#numbers = grown
    }
    const refs = this.#refsUsed + REFS + attempts * ATTEMPT_REFS + SPARE
    if (refs > this.#refs.length) {
      const grown = new Uint32Array(Math.max(refs, this.#refs.length * 2))
      grown.set(this.#refs.subarray(0, this.#refsUsed))
      this.#refs = grown
    }
  }

  /** The same word as the last time at this place costs a comparison, any other a look into the map. */
  #word(place: number, word: string | undefined): number {
    if (word === undefined) return 0
    if (word === this.#lastWords[place]) return this.#lastRefs[place] ?? 0
    let ref = this.#places.get(word)
    if (ref === undefined) {
      this.#words.push(word)
      ref = this.#words.length
      this.#places.set(word, ref)
    }
    this.#lastWords[place] = word
    this.#lastRefs[place] = ref
    return ref
  }

  #addNames(record: RequestRecord, at: number): void {
    const refs = this.#refs
    refs[at + REF.method] = this.#word(REF.method, record.method)
    refs[at + REF.endpoint] = this.#word(REF.endpoint, record.endpoint)
    refs[at + REF.dialect] = this.#word(REF.dialect, record.dialect)
    refs[at + REF.operation] = this.#word(REF.operation, record.operation)
    refs[at + REF.modelAsked] = this.#word(REF.modelAsked, record.modelAsked)
    refs[at + REF.modelRouted] = this.#word(REF.modelRouted, record.modelRouted)
    refs[at + REF.fallbackFrom] = this.#word(REF.fallbackFrom, record.fallbackFrom)
    refs[at + REF.fallbackReason] = this.#word(REF.fallbackReason, record.fallbackReason)
    refs[at + REF.modelAnswered] = this.#word(REF.modelAnswered, record.modelAnswered)
    refs[at + REF.backend] = this.#word(REF.backend, record.backend)
    refs[at + REF.provider] = this.#word(REF.provider, record.provider)
    refs[at + REF.key] = this.#word(REF.key, record.key)
    refs[at + REF.tenant] = this.#word(REF.tenant, record.tenant)
    refs[at + REF.finishReason] = this.#word(REF.finishReason, record.finishReason)
    refs[at + REF.currency] = this.#word(REF.currency, record.cost?.currency)
    refs[at + REF.queuedBackend] = this.#word(REF.queuedBackend, record.queued?.backend)
    refs[at + REF.outcome] = this.#word(REF.outcome, record.outcome)
    refs[at + REF.code] = this.#word(REF.code, record.code)
    refs[at + REF.blame] = this.#word(REF.blame, record.blame)
    refs[at + REF.interruptedBy] = this.#word(REF.interruptedBy, record.interruptedBy)
    refs[at + REF.shed] = this.#word(REF.shed, record.shed)
  }

  #addNumbers(record: RequestRecord, share: number | undefined): void {
    const numbers = this.#numbers
    const at = this.#numbersUsed
    const { usage, cost, queued } = record
    numbers[at + NUM.startedAt] = record.startedAtMs
    numbers[at + NUM.duration] = record.durationMs
    numbers[at + NUM.requestBytes] = record.requestBytes
    numbers[at + NUM.responseBytes] = record.responseBytes
    numbers[at + NUM.promptBytes] = record.promptBytes
    // A typed array keeps undefined as NaN by itself; said here so that the compiler agrees.
    numbers[at + NUM.promptTokens] = usage.promptTokens ?? Number.NaN
    numbers[at + NUM.outputTokens] = usage.outputTokens ?? Number.NaN
    numbers[at + NUM.cachedTokens] = usage.cachedTokens ?? Number.NaN
    numbers[at + NUM.reasoningTokens] = usage.reasoningTokens ?? Number.NaN
    numbers[at + NUM.costMicros] = cost === undefined ? Number.NaN : cost.micros
    numbers[at + NUM.queuePosition] = queued === undefined ? Number.NaN : queued.position
    numbers[at + NUM.queueWait] = queued === undefined ? Number.NaN : queued.waitMs
    numbers[at + NUM.firstToken] = record.firstTokenMs ?? Number.NaN
    numbers[at + NUM.stalls] = record.stalls
    numbers[at + NUM.status] = record.status
    numbers[at + NUM.verdictShare] = share ?? Number.NaN
    this.#addPhases(record.phases, at + NUM.phases)
  }

  /** Written out in the order of PHASES: a loop over names costs three times as much. */
  #addPhases(phases: Phases, at: number): void {
    const numbers = this.#numbers
    numbers[at] = phases.receive
    numbers[at + 1] = phases.authenticate
    numbers[at + 2] = phases.limit
    numbers[at + 3] = phases.guard
    numbers[at + 4] = phases.queue
    numbers[at + 5] = phases.retry
    numbers[at + 6] = phases.connect
    numbers[at + 7] = phases.load
    numbers[at + 8] = phases.prefill
    numbers[at + 9] = phases.decode
    numbers[at + 10] = phases['client-stall']
    numbers[at + 11] = phases.gateway
  }

  #addAttempt(attempt: Attempt): void {
    const refs = this.#refs
    const numbers = this.#numbers
    const ref = this.#refsUsed
    const at = this.#numbersUsed
    refs[ref] = this.#word(REFS, attempt.backend)
    refs[ref + 1] = this.#word(REFS + 1, attempt.provider)
    refs[ref + 2] = this.#word(REFS + 2, attempt.result)
    refs[ref + 3] = this.#word(REFS + 3, attempt.code)
    numbers[at] = attempt.startedMs
    numbers[at + 1] = attempt.connectedMs ?? Number.NaN
    numbers[at + 2] = attempt.firstByteMs ?? Number.NaN
    numbers[at + 3] = attempt.firstTokenMs ?? Number.NaN
    numbers[at + 4] = attempt.endedMs
    numbers[at + 5] = attempt.status ?? Number.NaN
    this.#refsUsed += ATTEMPT_REFS
    this.#numbersUsed += ATTEMPT_NUMS
  }

  #addGaps(gaps: GapSketch): void {
    const numbers = this.#numbers
    const at = this.#numbersUsed
    const { counts } = gaps
    numbers[at] = counts.length
    numbers[at + 1] = gaps.count
    numbers[at + 2] = gaps.sumMs
    numbers[at + 3] = gaps.maxMs
    for (let bucket = 0; bucket < counts.length; bucket += 1)
      numbers[at + GAP_NUMS + bucket] = counts[bucket] ?? 0
    this.#numbersUsed += GAP_NUMS + counts.length
  }

  /** All streams share one list of bounds. */
  #printBounds({ boundsMs }: GapSketch): string {
    if (boundsMs !== this.#bounds) {
      this.#bounds = boundsMs
      this.#boundsText = JSON.stringify(boundsMs)
    }
    return this.#boundsText
  }
}

function toFlags({ stream, cold, estimated, traceId, parentSpanId }: RequestRecord): number {
  return (
    (stream ? FLAG.stream : 0) |
    (cold ? FLAG.cold : 0) |
    (estimated.usage ? FLAG.usageEstimated : 0) |
    (estimated.phases ? FLAG.phasesEstimated : 0) |
    (traceId === undefined ? 0 : FLAG.hasTrace) |
    (parentSpanId === undefined ? 0 : FLAG.hasSpan)
  )
}

/** What has to change hands with packed records so that nothing is copied. */
export function buffersOf({ numbers, refs }: PackedRecords): ArrayBuffer[] {
  return [numbers.buffer, refs.buffer]
}
