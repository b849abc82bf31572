// Attempts, one after the other, until a backend has begun an answer worth giving. Up to there another may be tried.
import type { IncomingHttpHeaders } from 'node:http'
import { toWeirError, WeirError } from '../../core/errors.ts'
import { admit } from '../admission/admit.ts'
import { toReason, type GatewayContext } from '../context.ts'
import { AnswerFacts } from '../dialects/answer-facts.ts'
import { toUsageEdit, type UsageAsk } from '../dialects/ask-usage.ts'
import { editBody, type Edit } from '../dialects/edit-body.ts'
import type { Exchange } from '../exchange.ts'
import { toBackendHeaders } from '../http/backend-headers.ts'
import type { Stage } from '../stage.ts'
import type { Candidate } from '../routing/candidate.ts'
import type { Course } from '../routing/course.ts'
import type { AnswerReader } from '../streaming/answer-reader.ts'
import { EventAnswer } from '../streaming/event-answer.ts'
import { StreamMeter } from '../streaming/meter.ts'
import { OpaqueAnswer } from '../streaming/opaque-answer.ts'
import { RefusalAnswer } from '../streaming/refusal-answer.ts'
import { WholeAnswer } from '../streaming/whole-answer.ts'
import { toAttemptRecord } from '../upstream/attempt-record.ts'
import { UpstreamAttempt, type Opened } from '../upstream/attempt.ts'
import { backOffMs, Pause } from '../upstream/back-off.ts'

/** One request on its way through its candidates. */
interface Turn {
  readonly exchange: Exchange
  readonly course: Course
  readonly context: GatewayContext
}

export const forward: Stage = {
  name: 'forward',
  phase: undefined,
  async run(exchange, context) {
    const { course } = exchange
    if (course === undefined) throw new WeirError('no_backend')
    const turn: Turn = { exchange, course, context }
    const { retries } = context
    let isRetry = false
    try {
      for (;;) {
        const admitted = next(turn)
        const candidate = admitted instanceof Promise ? await admitted : admitted
        exchange.throwIfCancelled()
        const attempt = startAttempt(turn, candidate)
        const outcome = await attempt.opened
        if (isRetry) isRetry = retries.giveBack()
        if (!(outcome instanceof WeirError)) {
          adopt(exchange, attempt, outcome)
          return
        }
        book(exchange, attempt, context)
        exchange.throwIfCancelled()
        const pauseMs = decide(turn, attempt, outcome)
        isRetry = true
        await pause(turn, pauseMs)
      }
    } finally {
      if (isRetry) retries.giveBack()
    }
  },
}

/** Who is asked next. When the queue of one model is of no use, that of its fallback may be. */
function next(turn: Turn): Candidate | Promise<Candidate> {
  try {
    const admitted = admit(turn.exchange, turn.course.open, turn.context)
    return admitted instanceof Promise
      ? admitted.catch((thrown: unknown) => turnAway(turn, thrown))
      : admitted
  } catch (thrown) {
    return turnAway(turn, thrown)
  }
}

function turnAway(turn: Turn, thrown: unknown): Candidate | Promise<Candidate> {
  const { course, context } = turn
  const error = toWeirError(thrown)
  if (error.code !== 'queue_full' && error.code !== 'queue_timeout') throw error
  if (!course.leave(error)) throw course.verdict(context.clock.now())
  return next(turn)
}

/** Whether there is another attempt, and after which pause; throws the error that the caller gets when there is none. */
function decide(turn: Turn, attempt: UpstreamAttempt, error: WeirError): number {
  const { exchange, course, context } = turn
  const { retry } = exchange.runtime.settings
  const nowMs = context.clock.now()
  const failure = {
    wasSent: attempt.connectedMs !== undefined,
    repeatSent: retry.sent,
    lostBeforeAnswer: attempt.lostBeforeAnswer,
  }
  if (course.decide(error, failure) === 'give-up') throw course.verdict(nowMs)
  const pauseMs = backOffMs(exchange.attempts.length, context.random())
  const totalMs = exchange.startedMs + attempt.backend.settings.timeouts.total
  if (nowMs + pauseMs < totalMs && context.retries.take(retry)) return pauseMs
  context.report('debug', 'not tried again', {
    requestId: exchange.id,
    backend: attempt.backend.name,
    code: error.code,
    reason: nowMs + pauseMs < totalMs ? 'the retry budget is spent' : 'its total time is over',
  })
  throw course.verdict(nowMs)
}

async function pause({ exchange, context }: Turn, pauseMs: number): Promise<void> {
  const { clock } = context
  const startedMs = clock.now()
  const wait = new Pause(clock, pauseMs)
  exchange.setWork(wait)
  await wait.over
  exchange.retryMs += clock.now() - startedMs
  exchange.throwIfCancelled()
}
function startAttempt({ exchange, course, context }: Turn, candidate: Candidate): UpstreamAttempt {
  const backend = exchange.runtime.fleet.backend(candidate.backend)
  if (backend === undefined) throw new WeirError('internal', { cause: `no backend ${candidate.backend}` })
  course.take(candidate)
  exchange.modelRouted = candidate.model
  exchange.fallback = course.fallback
  const { settings } = backend
  const ask = settings.askUsage ? exchange.facts?.usageAsk : undefined
  exchange.backend = backend.name
  exchange.provider = backend.kind
  const attempt = new UpstreamAttempt({
    backend,
    slot: exchange.slot,
    clock: context.clock,
    deadlines: context.deadlines,
    totalDeadlineMs: exchange.startedMs + settings.timeouts.total,
    stream: exchange.facts?.stream === true,
    model: candidate.target,
    writeTimeoutMs: exchange.runtime.settings.server.writeTimeout,
    request: {
      path: backend.pathFor(exchange.request.url ?? '/'),
      method: 'POST',
      headers: toBackendHeaders(exchange, settings),
      body: bodyFor(exchange, candidate, ask),
    },
    readReply: (self, status, headers) =>
      chooseReader(exchange, self, { status, headers, askedUsage: ask !== undefined }),
  })
  // From here on it is the attempt's to give back, and that may be after its caller has left.
  exchange.slot = undefined
  exchange.setWork(attempt)
  if (exchange.cancelled === undefined) attempt.start()
  return attempt
}

/** The caller's bytes. Edited is only what this backend is to be asked differently: another name for the model, and for usage. */
function bodyFor({ body, facts }: Exchange, { target }: Candidate, ask: UsageAsk | undefined): Buffer {
  const isRenamed = facts !== undefined && facts.model !== target
  if (!isRenamed && ask === undefined) return body
  const edits: Edit[] = []
  if (isRenamed) edits.push({ start: facts.modelStart, end: facts.modelEnd, text: JSON.stringify(target) })
  if (ask !== undefined) edits.push(toUsageEdit(body, ask))
  return editBody(body, edits)
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
  exchange.attempts.push(toAttemptRecord(attempt, exchange.startedMs))
  exchange.retryMs += attempt.endedMs - attempt.startedMs
  exchange.answerFacts = undefined
  exchange.meter = undefined
  if (attempt.cold) exchange.cold = true
  context.report('debug', 'attempt failed', {
    requestId: exchange.id,
    backend: attempt.backend.name,
    code: attempt.error?.code,
    ...toReason(attempt.error?.cause),
  })
}
