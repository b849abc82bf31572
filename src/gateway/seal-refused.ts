// The record of bytes that never became a request: refused by the HTTP parser, and still a fact.
import type { Clock } from '../core/clock.ts'
import { errorEntry, type WeirError } from '../core/errors.ts'
import type { Ids } from '../core/ids.ts'
import { PHASES, type Phases, type RequestRecord } from '../core/record.ts'

const NO_PHASES = Object.fromEntries(PHASES.map((name) => [name, 0])) as unknown as Phases

export function toRefusedRecord(error: WeirError, { clock, ids }: { clock: Clock; ids: Ids }): RequestRecord {
  return {
    id: ids.requestId(),
    traceId: undefined,
    parentSpanId: undefined,
    isTraced: undefined,
    startedAtMs: clock.wall(),
    durationMs: 0,
    method: 'other',
    endpoint: 'other',
    dialect: 'openai',
    operation: 'other',
    modelAsked: undefined,
    modelRouted: undefined,
    fallbackFrom: undefined,
    fallbackReason: undefined,
    modelAnswered: undefined,
    backend: undefined,
    provider: undefined,
    key: undefined,
    tenant: undefined,
    stream: false,
    requestBytes: 0,
    responseBytes: 0,
    promptBytes: 0,
    usage: {
      promptTokens: undefined,
      outputTokens: undefined,
      cachedTokens: undefined,
      reasoningTokens: undefined,
    },
    cost: undefined,
    finishReason: undefined,
    attempts: [],
    queued: undefined,
    phases: NO_PHASES,
    firstTokenMs: undefined,
    gaps: undefined,
    stalls: 0,
    cold: false,
    offloadRatio: undefined,
    loopStallMs: 0,
    outcome: 'caller_error',
    code: error.code,
    blame: errorEntry(error.code).blame,
    status: error.status,
    interruptedBy: undefined,
    shed: undefined,
    estimated: { usage: false, phases: false },
  }
}
