// Takes records apart into a few arrays, one record after the other. Runs beside requests: it makes no object per record.
import type { Attempt, GapSketch, Phases, RequestRecord } from '../../core/record.ts'
import type { StoredRecord } from '../store.ts'
import { PackBuilder } from './builder.ts'
import { ATTEMPT_NUMS, ATTEMPT_REFS, FLAG, GAP_NUMS, NUM, NUMS, REF, REFS } from './layout.ts'
import type { PackedRecords } from './layout.ts'

const NO_TEXT = ''

export class RecordPacker {
  readonly #into = new PackBuilder()
  #bounds: readonly number[] | undefined
  #boundsText = NO_TEXT

  get count(): number {
    return this.#into.count
  }

  /** What is held, roughly. */
  get bytes(): number {
    return this.#into.bytes
  }

  add({ record, verdict }: StoredRecord): void {
    const into = this.#into
    const { attempts, gaps } = record
    into.begin(attempts.length, gaps === undefined ? 0 : gaps.counts.length)
    into.text(REF.idLength, record.id)
    into.text(REF.traceLength, record.traceId ?? NO_TEXT)
    into.text(REF.spanLength, record.parentSpanId ?? NO_TEXT)
    into.text(REF.verdictLength, verdict?.text ?? NO_TEXT)
    const { refs, ref } = into
    refs[ref + REF.flags] = toFlags(record) | (verdict === undefined ? 0 : FLAG.hasVerdict)
    refs[ref + REF.cause] = into.word(REF.cause, verdict?.cause)
    refs[ref + REF.gapBounds] = gaps === undefined ? 0 : into.word(REF.gapBounds, this.#printBounds(gaps))
    this.#addNames(record)
    this.#addNumbers(record, verdict?.shareRatio)
    for (let at = 0; at < attempts.length; at += 1) {
      const attempt = attempts[at]
      if (attempt !== undefined) this.#addAttempt(attempt, at)
    }
    into.end(attempts.length, gaps === undefined ? 0 : this.#addGaps(gaps, attempts.length))
  }

  /** Everything that was added since the last time. The arrays are no longer ours. */
  take(): PackedRecords {
    return this.#into.take()
  }

  #addNames(record: RequestRecord): void {
    const into = this.#into
    const { refs, ref: at } = into
    refs[at + REF.method] = into.word(REF.method, record.method)
    refs[at + REF.endpoint] = into.word(REF.endpoint, record.endpoint)
    refs[at + REF.dialect] = into.word(REF.dialect, record.dialect)
    refs[at + REF.operation] = into.word(REF.operation, record.operation)
    refs[at + REF.modelAsked] = into.word(REF.modelAsked, record.modelAsked)
    refs[at + REF.modelRouted] = into.word(REF.modelRouted, record.modelRouted)
    refs[at + REF.fallbackFrom] = into.word(REF.fallbackFrom, record.fallbackFrom)
    refs[at + REF.fallbackReason] = into.word(REF.fallbackReason, record.fallbackReason)
    refs[at + REF.modelAnswered] = into.word(REF.modelAnswered, record.modelAnswered)
    refs[at + REF.backend] = into.word(REF.backend, record.backend)
    refs[at + REF.provider] = into.word(REF.provider, record.provider)
    refs[at + REF.key] = into.word(REF.key, record.key)
    refs[at + REF.tenant] = into.word(REF.tenant, record.tenant)
    refs[at + REF.finishReason] = into.word(REF.finishReason, record.finishReason)
    refs[at + REF.currency] = into.word(REF.currency, record.cost?.currency)
    refs[at + REF.queuedBackend] = into.word(REF.queuedBackend, record.queued?.backend)
    refs[at + REF.outcome] = into.word(REF.outcome, record.outcome)
    refs[at + REF.code] = into.word(REF.code, record.code)
    refs[at + REF.blame] = into.word(REF.blame, record.blame)
    refs[at + REF.interruptedBy] = into.word(REF.interruptedBy, record.interruptedBy)
    refs[at + REF.shed] = into.word(REF.shed, record.shed)
  }

  #addNumbers(record: RequestRecord, share: number | undefined): void {
    const { numbers, number: at } = this.#into
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
    numbers[at + NUM.offload] = record.offloadRatio ?? Number.NaN
    numbers[at + NUM.loopStall] = record.loopStallMs ?? Number.NaN
    this.#addPhases(record.phases, at + NUM.phases)
  }

  /** Written out in the order of PHASES: a loop over names costs three times as much. */
  #addPhases(phases: Phases, at: number): void {
    const { numbers } = this.#into
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

  #addAttempt(attempt: Attempt, place: number): void {
    const into = this.#into
    const { refs, numbers } = into
    const ref = into.ref + REFS + place * ATTEMPT_REFS
    const at = into.number + NUMS + place * ATTEMPT_NUMS
    refs[ref] = into.word(REFS, attempt.backend)
    refs[ref + 1] = into.word(REFS + 1, attempt.provider)
    refs[ref + 2] = into.word(REFS + 2, attempt.result)
    refs[ref + 3] = into.word(REFS + 3, attempt.code)
    numbers[at] = attempt.startedMs
    numbers[at + 1] = attempt.connectedMs ?? Number.NaN
    numbers[at + 2] = attempt.firstByteMs ?? Number.NaN
    numbers[at + 3] = attempt.firstTokenMs ?? Number.NaN
    numbers[at + 4] = attempt.endedMs
    numbers[at + 5] = attempt.status ?? Number.NaN
  }

  /** Returns how many numbers they took. */
  #addGaps(gaps: GapSketch, attempts: number): number {
    const { numbers, number } = this.#into
    const at = number + NUMS + attempts * ATTEMPT_NUMS
    const { counts } = gaps
    numbers[at] = counts.length
    numbers[at + 1] = gaps.count
    numbers[at + 2] = gaps.sumMs
    numbers[at + 3] = gaps.maxMs
    for (let bucket = 0; bucket < counts.length; bucket += 1)
      numbers[at + GAP_NUMS + bucket] = counts[bucket] ?? 0
    return GAP_NUMS + counts.length
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
