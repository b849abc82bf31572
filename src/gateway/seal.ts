// Exchange -> RequestRecord: the one place where a request becomes a fact. Called exactly once, on every way out.
import { errorEntry } from '../core/errors.ts'
import type { Outcome, RequestRecord, Usage } from '../core/record.ts'
import type { Exchange } from './exchange.ts'
import { dividePhases } from './phases.ts'

const NOT_STATED: Usage = {
  promptTokens: undefined,
  outputTokens: undefined,
  cachedTokens: undefined,
  reasoningTokens: undefined,
}

/** RFC 9110 has no status for a caller that left; 499 is nginx's, and what people know. */
const CLIENT_CLOSED_STATUS = 499

/** W3C Trace Context: version, trace id, parent id, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/

export function seal(exchange: Exchange, nowMs: number): RequestRecord {
  const { facts, principal, meter, answer } = exchange
  const traceparent = exchange.request.headers['traceparent']
  const trace = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : undefined
  const usage = usageOf(exchange)
  const phases = dividePhases(exchange, nowMs)
  const firstTokenAt = meter?.firstTokenMs
  return Object.freeze({
    id: exchange.id,
    traceId: trace?.[1],
    parentSpanId: trace?.[2],
    startedAtMs: exchange.startedAtMs,
    durationMs: exchange.since(nowMs),
    method: exchange.request.method ?? 'other',
    endpoint: exchange.endpoint,
    dialect: exchange.api.dialect,
    operation: exchange.route === undefined ? 'other' : exchange.api.operation,
    modelAsked: facts?.model,
    modelRouted: exchange.modelRouted,
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
    finishReason: exchange.answerFacts?.finishReason,
    attempts: exchange.attempts,
    phases: phases.durations,
    firstTokenMs: firstTokenAt === undefined ? undefined : exchange.since(firstTokenAt),
    gaps: meter?.sketch(),
    stalls: meter?.stalls ?? 0,
    cold: phases.durations.load >= COLD_LOAD_MS,
    outcome: outcomeOf(exchange),
    code: exchange.error?.code,
    blame: exchange.error === undefined ? undefined : errorEntry(exchange.error.code).blame,
    status: statusOf(exchange),
    interruptedBy: exchange.interruptedBy,
    estimated: {
      usage: answer !== undefined && exchange.api.operation !== 'other' && usage.promptTokens === undefined,
      phases: phases.estimated,
    },
  })
}

/** Ollama states a load of some milliseconds for a model that is loaded; a real one takes at least this long. */
const COLD_LOAD_MS = 250

function outcomeOf(exchange: Exchange): Outcome {
  const { error } = exchange
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
    outputTokens: facts.outputTokens,
    cachedTokens: facts.cachedTokens,
    reasoningTokens: facts.reasoningTokens,
  }
}
