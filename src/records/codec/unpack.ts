// Puts packed records together again, each field as it was. Reads nothing but what pack.ts wrote.
import type { ErrorCode } from '../../core/errors.ts'
import type { Attempt, GapSketch, Phases, RequestRecord } from '../../core/record.ts'
import type { SlowCause, Verdict } from '../../core/verdict.ts'
import type { StoredRecord } from '../store.ts'
import { ATTEMPT_NUMS, ATTEMPT_REFS, FLAG, GAP_NUMS, NUM, NUMS, REF, REFS } from './layout.ts'
import type { PackedRecords } from './layout.ts'
import { PackedReader } from './reader.ts'

export function unpack(packed: PackedRecords): StoredRecord[] {
  const reader = new PackedReader(packed)
  const all: StoredRecord[] = []
  while (reader.next()) all.push({ record: toRecord(reader), verdict: toVerdict(reader) })
  return all
}

function toVerdict(reader: PackedReader): Verdict | undefined {
  if (!reader.has(FLAG.hasVerdict)) return undefined
  const cause = reader.word(REF.cause) as SlowCause
  return { cause, shareRatio: reader.number(NUM.verdictShare), text: reader.verdictText }
}

function toRecord(reader: PackedReader): RequestRecord {
  const waitMs = optional(reader, NUM.queueWait)
  const micros = optional(reader, NUM.costMicros)
  return {
    id: reader.id,
    traceId: reader.traceId,
    parentSpanId: reader.parentSpanId,
    isTraced: undefined,
    startedAtMs: reader.number(NUM.startedAt),
    durationMs: reader.number(NUM.duration),
    ...toNames(reader),
    stream: reader.has(FLAG.stream),
    requestBytes: reader.number(NUM.requestBytes),
    responseBytes: reader.number(NUM.responseBytes),
    promptBytes: reader.number(NUM.promptBytes),
    usage: {
      promptTokens: optional(reader, NUM.promptTokens),
      outputTokens: optional(reader, NUM.outputTokens),
      cachedTokens: optional(reader, NUM.cachedTokens),
      reasoningTokens: optional(reader, NUM.reasoningTokens),
    },
    cost: micros === undefined ? undefined : { micros, currency: reader.word(REF.currency) ?? '' },
    attempts: Array.from({ length: reader.attempts }, (_, at) => toAttempt(reader, at)),
    queued:
      waitMs === undefined
        ? undefined
        : {
            backend: reader.word(REF.queuedBackend) ?? '',
            position: reader.number(NUM.queuePosition),
            waitMs,
          },
    phases: toPhases(reader),
    firstTokenMs: optional(reader, NUM.firstToken),
    gaps: toGaps(reader),
    stalls: reader.number(NUM.stalls),
    cold: reader.has(FLAG.cold),
    offloadRatio: optional(reader, NUM.offload),
    loopStallMs: optional(reader, NUM.loopStall),
    status: reader.number(NUM.status),
    estimated: { usage: reader.has(FLAG.usageEstimated), phases: reader.has(FLAG.phasesEstimated) },
  }
}

function optional(reader: PackedReader, place: number): number | undefined {
  const value = reader.number(place)
  return Number.isNaN(value) ? undefined : value
}

function toNames(reader: PackedReader) {
  return {
    method: reader.word(REF.method) ?? '',
    endpoint: reader.word(REF.endpoint) ?? '',
    dialect: reader.word(REF.dialect) as RequestRecord['dialect'],
    operation: reader.word(REF.operation) as RequestRecord['operation'],
    modelAsked: reader.word(REF.modelAsked),
    modelRouted: reader.word(REF.modelRouted),
    fallbackFrom: reader.word(REF.fallbackFrom),
    fallbackReason: reader.word(REF.fallbackReason) as ErrorCode | undefined,
    modelAnswered: reader.word(REF.modelAnswered),
    backend: reader.word(REF.backend),
    provider: reader.word(REF.provider),
    key: reader.word(REF.key),
    tenant: reader.word(REF.tenant),
    finishReason: reader.word(REF.finishReason),
    outcome: reader.word(REF.outcome) as RequestRecord['outcome'],
    code: reader.word(REF.code) as ErrorCode | undefined,
    blame: reader.word(REF.blame) as RequestRecord['blame'],
    interruptedBy: reader.word(REF.interruptedBy) as RequestRecord['interruptedBy'],
    shed: reader.word(REF.shed) as RequestRecord['shed'],
  }
}

function toAttempt(reader: PackedReader, at: number): Attempt {
  const ref = REFS + at * ATTEMPT_REFS
  const number = NUMS + at * ATTEMPT_NUMS
  return {
    backend: reader.word(ref) ?? '',
    provider: reader.word(ref + 1) ?? '',
    startedMs: reader.number(number),
    connectedMs: optional(reader, number + 1),
    firstByteMs: optional(reader, number + 2),
    firstTokenMs: optional(reader, number + 3),
    endedMs: reader.number(number + 4),
    result: reader.word(ref + 2) as Attempt['result'],
    code: reader.word(ref + 3) as ErrorCode | undefined,
    status: optional(reader, number + 5),
  }
}

function toPhases(reader: PackedReader): Phases {
  const at = NUM.phases
  return {
    receive: reader.number(at),
    authenticate: reader.number(at + 1),
    limit: reader.number(at + 2),
    guard: reader.number(at + 3),
    queue: reader.number(at + 4),
    retry: reader.number(at + 5),
    connect: reader.number(at + 6),
    load: reader.number(at + 7),
    prefill: reader.number(at + 8),
    decode: reader.number(at + 9),
    'client-stall': reader.number(at + 10),
    gateway: reader.number(at + 11),
  }
}

function toGaps(reader: PackedReader): GapSketch | undefined {
  if (reader.ref(REF.gapBounds) === 0) return undefined
  const at = reader.gapsAt
  const buckets = reader.number(at)
  return {
    boundsMs: reader.bounds(),
    counts: Array.from({ length: buckets }, (_, bucket) => reader.number(at + GAP_NUMS + bucket)),
    count: reader.number(at + 1),
    sumMs: reader.number(at + 2),
    maxMs: reader.number(at + 3),
  }
}
