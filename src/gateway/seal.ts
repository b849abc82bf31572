// Exchange -> RequestRecord: the one place where a request becomes a fact. Called exactly once, on every way out.
import { errorEntry, type WeirError } from '../core/errors.ts'
import type { Outcome, RequestRecord, Usage } from '../core/record.ts'
import { costOf } from './charge.ts'
import type { Exchange } from './exchange.ts'
import { dividePhases } from './phases.ts'
import { traceOf } from './trace.ts'

const NOT_STATED: Usage = {
  promptTokens: undefined,
  outputTokens: undefined,
  cachedTokens: undefined,
  reasoningTokens: undefined,
}

/** RFC 9110 has no status for a caller that left; 499 is nginx's, and what people know. */
const CLIENT_CLOSED_STATUS = 499

export function seal(exchange: Exchange, nowMs: number): RequestRecord {
  const { facts, principal, error } = exchange
  const trace = traceOf(exchange)
  const usage = usageOf(exchange)
  const queued = queuedOf(exchange)
  const phases = dividePhases(exchange, nowMs)
  const pace = paceOf(exchange)
  return Object.freeze({
    id: exchange.id,
    traceId: trace.traceId,
    parentSpanId: trace.parentSpanId,
    isTraced: trace.isRecorded ? true : undefined,
    startedAtMs: exchange.startedAtMs,
    durationMs: exchange.since(nowMs),
    method: exchange.request.method,
    endpoint: exchange.endpoint,
    dialect: exchange.api.dialect,
    operation: exchange.operation,
    modelAsked: facts?.model,
    modelRouted: exchange.modelRouted,
    fallbackFrom: exchange.fallback?.from,
    fallbackReason: exchange.fallback?.reason,
    modelAnswered: exchange.answerFacts?.model,
    backend: exchange.backend,
    provider: exchange.provider,
    key: principal?.name,
    tenant: principal?.tenant,
    stream: facts?.stream ?? false,
    requestBytes: exchange.bodyBytes,
    responseBytes: exchange.responseBytes,
    promptBytes: facts?.promptBytes ?? 0,
    usage,
    cost: costOf(exchange, usage),
    finishReason: exchange.answerFacts?.finishReason,
    attempts: exchange.attempts,
    queued,
    phases: phases.durations,
    firstTokenMs: pace.firstTokenMs,
    gaps: pace.gaps,
    stalls: pace.stalls,
    cold: phases.durations.load >= COLD_LOAD_MS || exchange.cold || exchange.answer?.cold === true,
    offloadRatio: offloadOf(exchange),
    loopStallMs: exchange.stalledMs,
    outcome: outcomeOf(error),
    code: error?.code,
    blame: error === undefined ? undefined : errorEntry(error.code).blame,
    status: statusOf(exchange),
    interruptedBy: exchange.interruptedBy,
    shed: exchange.shed,
    estimated: { usage: isUsageMissing(exchange, usage), phases: phases.estimated },
  })
}

/** How much of the model lay outside GPU memory, where the backend tells. */
function offloadOf({ answer }: Exchange): number | undefined {
  return answer?.backend.residency?.offloadRatio(answer.model)
}

/** Before the phases are divided: what a backend says of its own queue is added to ours there. */
function queuedOf({ queued, phaseMs }: Exchange): RequestRecord['queued'] {
  if (queued === undefined) return undefined
  return { backend: queued.backend, position: queued.position, waitMs: phaseMs.queue }
}

function paceOf(exchange: Exchange): Pick<RequestRecord, 'firstTokenMs' | 'gaps' | 'stalls'> {
  const { meter } = exchange
  if (meter === undefined) return NO_PACE
  const { firstTokenMs, stalls } = meter
  return {
    firstTokenMs: firstTokenMs === undefined ? undefined : exchange.since(firstTokenMs),
    gaps: meter.sketch(),
    stalls,
  }
}

const NO_PACE = { firstTokenMs: undefined, gaps: undefined, stalls: 0 }

/** A backend answered a request that costs tokens, and did not say how many, or not to the end. */
function isUsageMissing(exchange: Exchange, usage: Usage): boolean {
  if (exchange.answer === undefined || exchange.operation === 'other') return false
  return usage.promptTokens === undefined || isProvisional(exchange)
}

/** Anthropic's streams state the tokens of their first event when they begin, and the sum beside the reason why they end. */
function isProvisional({ api, answerFacts: facts }: Exchange): boolean {
  return api.dialect === 'anthropic' && facts?.outputTokens !== undefined && facts.finishReason === undefined
}

/** Ollama states a load of some milliseconds for a model that is loaded; a real one takes at least this long. */
const COLD_LOAD_MS = 250

function outcomeOf(error: WeirError | undefined): Outcome {
  if (error === undefined) return 'ok'
  if (error.code === 'client_closed') return 'abandoned'
  switch (errorEntry(error.code).blame) {
    case 'caller':
      return 'caller_error'
    case 'policy':
      return 'rejected'
    case 'backend':
      return 'backend_error'
    case 'gateway':
      return 'gateway_error'
  }
}

function statusOf(exchange: Exchange): number {
  if (exchange.response.headersSent) return exchange.response.statusCode
  return exchange.error?.status ?? CLIENT_CLOSED_STATUS
}

function usageOf(exchange: Exchange): Usage {
  const facts = exchange.answerFacts
  if (facts === undefined) return NOT_STATED
  const cacheTokens = (facts.cachedTokens ?? 0) + (facts.cacheWriteTokens ?? 0)
  // Anthropic counts cached prompt tokens apart from the others, OpenAI among them.
  const apart = exchange.api.dialect === 'anthropic' ? cacheTokens : 0
  return {
    promptTokens: facts.promptTokens === undefined ? undefined : facts.promptTokens + apart,
    outputTokens: isProvisional(exchange) ? undefined : facts.outputTokens,
    cachedTokens: facts.cachedTokens,
    reasoningTokens: facts.reasoningTokens,
  }
}
