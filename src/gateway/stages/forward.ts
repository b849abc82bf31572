// Attempts, one after the other, until a backend has begun an answer worth giving. Up to there another may be tried.
import type { IncomingHttpHeaders } from 'node:http'
import { WeirError } from '../../core/errors.ts'
import { toReason, type GatewayContext } from '../context.ts'
import { AnswerFacts } from '../dialects/answer-facts.ts'
import { askForUsage } from '../dialects/ask-usage.ts'
import type { Exchange } from '../exchange.ts'
import { toBackendHeaders } from '../http/backend-headers.ts'
import type { Stage } from '../stage.ts'
import type { Backend } from '../routing/backend.ts'
import type { AnswerReader } from '../streaming/answer-reader.ts'
import { EventAnswer } from '../streaming/event-answer.ts'
import { StreamMeter } from '../streaming/meter.ts'
import { OpaqueAnswer } from '../streaming/opaque-answer.ts'
import { RefusalAnswer } from '../streaming/refusal-answer.ts'
import { WholeAnswer } from '../streaming/whole-answer.ts'
import { UpstreamAttempt, type Opened } from '../upstream/attempt.ts'
import { decideRetry } from '../upstream/retry.ts'

export const forward: Stage = {
  name: 'forward',
  phase: undefined,
  async run(exchange, context) {
    const candidates = exchange.plan?.candidates ?? []
    const { attempts: maxAttempts } = exchange.runtime.settings.retry
    for (let index = 0; ;) {
      const candidate = candidates[index]
      const backend = candidate === undefined ? undefined : exchange.runtime.fleet.backend(candidate.backend)
      if (candidate === undefined || backend === undefined) throw new WeirError('no_backend')
      exchange.modelRouted = candidate.model
      const attempt = startAttempt(exchange, backend, context)
      const outcome = await attempt.opened
      if (!(outcome instanceof WeirError)) {
        adopt(exchange, attempt, outcome)
        return
      }
      book(exchange, attempt, context)
      exchange.throwIfCancelled()
      const decision = decideRetry({
        error: outcome,
        lostBeforeAnswer: attempt.lostBeforeAnswer,
        attemptsMade: exchange.attempts.length,
        maxAttempts,
        candidateCount: candidates.length,
      })
      if (decision === 'give-up') throw outcome
      if (decision === 'next-backend') index += 1
    }
  },
}

function startAttempt(exchange: Exchange, backend: Backend, context: GatewayContext): UpstreamAttempt {
  const { settings } = backend
  const ask = settings.askUsage ? exchange.facts?.usageAsk : undefined
  exchange.backend = backend.name
  exchange.provider = backend.kind
  const attempt = new UpstreamAttempt({
    backend,
    clock: context.clock,
    deadlines: context.deadlines,
    totalDeadlineMs: exchange.startedMs + settings.timeouts.total,
    stream: exchange.facts?.stream === true,
    writeTimeoutMs: exchange.runtime.settings.server.writeTimeout,
    request: {
      path: backend.pathFor(exchange.request.url ?? '/'),
      method: 'POST',
      headers: toBackendHeaders(exchange, settings),
      body: ask === undefined ? exchange.body : askForUsage(exchange.body, ask),
    },
    readReply: (self, status, headers) =>
      chooseReader(exchange, self, { status, headers, askedUsage: ask !== undefined }),
  })
  exchange.setWork(attempt)
  if (exchange.cancelled === undefined) attempt.start()
  return attempt
}

interface ReplyHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly askedUsage: boolean
}

/** How a body is read follows from what it says it is. */
function chooseReader(exchange: Exchange, attempt: UpstreamAttempt, head: ReplyHead): AnswerReader {
  const { status, headers } = head
  if (status < 200 || status > 299) return new RefusalAnswer(attempt, status, headers)
  const encoding = headers['content-encoding']
  const facts = new AnswerFacts(exchange.api)
  exchange.answerFacts = facts
  if (encoding !== undefined && encoding !== 'identity') return new OpaqueAnswer(attempt)
  const type = headers['content-type'] ?? ''
  const format = type.startsWith('text/event-stream')
    ? 'sse'
    : type.startsWith('application/x-ndjson')
      ? 'ndjson'
      : undefined
  if (format === undefined) return new WholeAnswer(attempt, facts)
  exchange.meter = new StreamMeter()
  return new EventAnswer(attempt, {
    format,
    api: exchange.api,
    facts,
    meter: exchange.meter,
    dropUsageEvent: head.askedUsage,
  })
}

function adopt(exchange: Exchange, attempt: UpstreamAttempt, opened: Opened): void {
  exchange.answer = attempt
  exchange.opened = opened
}

/** Writes a failed attempt down. Why it failed in detail is for the log alone. */
function book(exchange: Exchange, attempt: UpstreamAttempt, context: GatewayContext): void {
  exchange.attempts.push(attempt.toRecord(exchange.startedMs))
  exchange.retryMs += attempt.endedMs - attempt.startedMs
  exchange.answerFacts = undefined
  exchange.meter = undefined
  context.report('debug', 'attempt failed', {
    requestId: exchange.id,
    backend: attempt.backend.name,
    code: attempt.error?.code,
    ...toReason(attempt.error?.cause),
  })
}
