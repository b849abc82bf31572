// Attempts, one after the other, until a backend has begun an answer worth giving. Up to there another may be tried.
import { toWeirError, WeirError } from '../../core/errors.ts'
import { admit } from '../admission/admit.ts'
import { toReason, type GatewayContext } from '../context.ts'
import { toUsageEdit, type UsageAsk } from '../dialects/ask-usage.ts'
import { editBody, type Edit } from '../dialects/edit-body.ts'
import type { Exchange } from '../exchange.ts'
import { toBackendHeaders } from '../http/backend-headers.ts'
import type { Stage } from '../stage.ts'
import type { Candidate } from '../routing/candidate.ts'
import type { Course } from '../routing/course.ts'
import { chooseReader } from '../streaming/choose-reader.ts'
import { toAttemptRecord } from '../upstream/attempt-record.ts'
import { UpstreamAttempt, type Opened } from '../upstream/attempt.ts'
import { backOffMs, Pause } from '../upstream/back-off.ts'
import type { OutgoingRequest } from '../upstream/http1/request-head.ts'

/** One request on its way through its candidates. */
interface Turn {
  readonly exchange: Exchange
  readonly course: Course
  readonly context: GatewayContext
  /** The attempt under way has a place in the retry budget. */
  isCounted: boolean
}

export const forward: Stage = {
  name: 'forward',
  phase: undefined,
  async run(exchange, context) {
    const { course } = exchange
    if (course === undefined) throw new WeirError('no_backend')
    const turn: Turn = { exchange, course, context, isCounted: false }
    try {
      for (;;) {
        const admitted = next(turn)
        const candidate = admitted instanceof Promise ? await admitted : admitted
        exchange.throwIfCancelled()
        const attempt = startAttempt(turn, candidate)
        const outcome = await attempt.opened
        giveBack(turn)
        if (!(outcome instanceof WeirError)) {
          adopt(exchange, attempt, outcome)
          return
        }
        book(exchange, attempt, context)
        exchange.throwIfCancelled()
        const pauseMs = decide(turn, attempt, outcome)
        if (pauseMs > 0) await pause(turn, pauseMs)
      }
    } finally {
      giveBack(turn)
    }
  },
}

function giveBack(turn: Turn): void {
  if (!turn.isCounted) return
  turn.isCounted = false
  turn.context.retries.giveBack()
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

/** The pause before the next attempt, in milliseconds; throws the error that the caller gets when there is none. */
function decide(turn: Turn, attempt: UpstreamAttempt, error: WeirError): number {
  const { exchange, course, context } = turn
  const { retry } = exchange.runtime.settings
  const nowMs = context.clock.now()
  const wasSent = attempt.connectedMs !== undefined
  const failure = { wasSent, repeatSent: retry.sent, lostBeforeAnswer: attempt.lostBeforeAnswer }
  if (course.decide(error, failure) === 'give-up') throw course.verdict(nowMs)
  // Nobody has worked for it yet: asking the next one is no repetition, needs no place and nothing to wait for.
  const pauseMs = wasSent ? backOffMs(exchange.attempts.length, context.random()) : 0
  const isInTime = nowMs + pauseMs < exchange.startedMs + attempt.backend.settings.timeouts.total
  if (isInTime && !wasSent) return 0
  turn.isCounted = isInTime && context.retries.take(retry)
  if (turn.isCounted) return pauseMs
  context.report('debug', 'not tried again', {
    requestId: exchange.id,
    backend: attempt.backend.name,
    code: error.code,
    reason: isInTime ? 'the retry budget is spent' : 'its total time is over',
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
  const request: OutgoingRequest = {
    path: backend.pathFor(exchange.request.url),
    method: 'POST',
    headers: toBackendHeaders(exchange, settings),
    body: bodyFor(exchange, candidate, ask),
  }
  const attempt = new UpstreamAttempt({
    backend,
    slot: exchange.slot,
    clock: context.clock,
    deadlines: context.deadlines,
    totalDeadlineMs: exchange.startedMs + settings.timeouts.total,
    stream: exchange.facts?.stream === true,
    model: candidate.target,
    writeTimeoutMs: exchange.runtime.settings.server.writeTimeout,
    readReply: (self, status, headers) =>
      chooseReader(exchange, self, { status, headers, dropUsageEvent: ask !== undefined }),
  })
  // From here on it is the attempt's to give back, and that may be after its caller has left.
  exchange.slot = undefined
  exchange.setWork(attempt)
  if (exchange.cancelled === undefined) attempt.start(request)
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
