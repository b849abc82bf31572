// One request in flight: everything its stages learn about it. Mutable, and seen by stages only; the record is its frozen end.
import type { Reservation } from '../access/limits/reservation.ts'
import type { Principal } from '../access/principal.ts'
import type { Clock } from '../core/clock.ts'
import { WeirError } from '../core/errors.ts'
import type { Attempt, Operation, ShedReason } from '../core/record.ts'
import type { Trace } from '../core/trace-context.ts'
import type { AnswerFacts } from './dialects/answer-facts.ts'
import type { Api } from './dialects/api.ts'
import type { RequestFacts } from './dialects/parse-request.ts'
import type { Slot } from './admission/slot.ts'
import type { Ticket } from './admission/ticket.ts'
import type { CallerRequest } from './http/caller/caller-request.ts'
import type { CallerResponse } from './http/caller/caller-response.ts'
import type { ContentCapture } from './content.ts'
import type { Route } from './http/routes.ts'
import { noPhases, type MutablePhases } from './blank-phases.ts'
import type { Course, Fallback } from './routing/course.ts'
import type { Runtime } from './runtime.ts'
import type { StreamMeter } from './streaming/meter.ts'
import type { Cancellable } from './upstream/cancellable.ts'
import type { Opened, UpstreamAttempt } from './upstream/attempt.ts'

/** Where a request stood when it came to wait for a slot. */
export interface Place {
  readonly backend: string
  /** From 1. */
  readonly position: number
  /** How long the wait was thought to be; undefined while nobody knows how long slots are held. */
  readonly estimatedMs: number | undefined
}

export class Exchange {
  readonly id: string
  readonly request: CallerRequest
  readonly response: CallerResponse
  /** Configuration, keys and backends as they were when the request came; a reload does not change them under it. */
  readonly runtime: Runtime
  rosterIndex = -1
  /** Monotonic. */
  readonly startedMs: number
  readonly startedAtMs: number
  readonly phaseMs: MutablePhases = noPhases()
  /** Undefined until somebody asks. */
  trace: Trace | undefined = undefined

  route: Route | undefined = undefined
  api: Api
  principal: Principal | undefined = undefined
  /** Undefined for a request of which neither prompt nor answer will be kept. */
  content: ContentCapture | undefined = undefined
  /** What was set aside for it, or why nothing was; undefined where no limit holds. */
  reservation: Reservation | undefined = undefined
  /** As it came; empty for requests without one, and let go once no backend can be asked again. */
  body: Buffer = NO_BODY
  bodyBytes = 0
  facts: RequestFacts | undefined = undefined
  course: Course | undefined = undefined
  /** The model as configuration or discovery knows it: safe as a label and in a header. */
  modelRouted: string | undefined = undefined
  /** It was sent to another model than the one asked for. */
  fallback: Fallback | undefined = undefined
  backend: string | undefined = undefined
  provider: string | undefined = undefined
  readonly attempts: Attempt[] = []
  /** While it waits for a slot. */
  ticket: Ticket | undefined = undefined
  /** When the last comment was sent to a caller that waits for its stream; monotonic. */
  signOfLifeMs: number | undefined = undefined
  /** The head of a stream was sent, and nothing of an answer yet. */
  isHeld = false
  /** Where and at which position it began to wait. */
  queued: Place | undefined = undefined
  /** The right to the attempt that is about to start. */
  slot: Slot | undefined = undefined
  /** The attempt whose answer is being given. */
  answer: UpstreamAttempt | undefined = undefined
  opened: Opened | undefined = undefined
  answerFacts: AnswerFacts | undefined = undefined
  meter: StreamMeter | undefined = undefined
  error: WeirError | undefined = undefined
  shed: ShedReason | undefined = undefined
  interruptedBy: 'caller' | 'gateway' | 'backend' | undefined = undefined
  responseBytes = 0
  /** How long the caller kept us waiting with bytes it had asked for. */
  clientStallMs = 0
  /** When the last byte was handed over, if the caller had not taken all of them by then; monotonic. */
  unsentSinceMs: number | undefined = undefined
  /** How long the caller then took for the rest. */
  trailingStallMs = 0
  /** An attempt that did not give the answer waited for a load. */
  cold = false
  /** How long the thread had stood still by the beginning, and in the end: for how long since then. */
  stalledMs = 0
  /** Waits that are neither ours nor the final attempt's: earlier attempts and pauses between them. */
  retryMs = 0
  #work: Cancellable | undefined = undefined
  /** The connection is over or free for the next request. */
  closed = false
  /** Every stage is over. */
  settled = false
  /** Why it is to stop; set once. */
  cancelled: WeirError | undefined = undefined

  constructor(init: {
    id: string
    request: CallerRequest
    response: CallerResponse
    runtime: Runtime
    api: Api
    startedMs: number
    startedAtMs: number
  }) {
    this.id = init.id
    this.request = init.request
    this.response = init.response
    this.runtime = init.runtime
    this.api = init.api
    this.startedMs = init.startedMs
    this.startedAtMs = init.startedAtMs
  }

  get endpoint(): string {
    return this.route?.endpoint ?? 'other'
  }

  get operation(): Operation {
    return this.route === undefined ? 'other' : this.api.operation
  }

  /** The answer is complete on our side; what the caller has not taken yet is its own time. */
  noteAnswered(clock: Clock): void {
    if ((this.response.socket?.writableLength ?? 0) > 0) this.unsentSinceMs = clock.now()
  }

  noteClosed(clock: Clock): void {
    this.closed = true
    if (this.unsentSinceMs !== undefined) this.trailingStallMs = clock.now() - this.unsentSinceMs
  }

  /** The commit point: from here on nobody else will be sent the body. */
  releaseBody(): void {
    this.body = NO_BODY
  }

  /** Milliseconds since the request began. */
  since(nowMs: number): number {
    return nowMs - this.startedMs
  }

  /** Names the work that is to stop if the exchange is cancelled; at once, if it already was. */
  setWork(work: Cancellable | undefined): void {
    this.#work = work
    if (this.cancelled !== undefined) work?.cancel(this.cancelled)
  }

  /** Stops whatever is under way, at every phase. Harmless when repeated. */
  cancel(reason: WeirError): void {
    if (this.cancelled !== undefined) return
    this.cancelled = reason
    this.#work?.cancel(reason)
  }

  /** The caller left, or was cut off, before it had everything: also of an answer that was complete on our side. */
  noteLeft(): void {
    const reason = new WeirError('client_closed')
    this.cancel(reason)
    if (!this.settled || this.error !== undefined) return
    this.error = reason
    this.interruptedBy = 'caller'
  }

  throwIfCancelled(): void {
    if (this.cancelled !== undefined) throw this.cancelled
  }
}

const NO_BODY = Buffer.alloc(0)
