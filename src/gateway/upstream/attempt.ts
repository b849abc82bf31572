// One try at one backend: sends the caller's bytes, minds its clocks, and hands the answer to its reader.
// It knows nothing of the caller's connection; when it has an answer worth giving, it says so through `opened`.
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { WeirError } from '../../core/errors.ts'
import type { Slot } from '../admission/slot.ts'
import type { Backend } from '../routing/backend.ts'
import { ModelLoad } from '../routing/residency/model-load.ts'
import type { AnswerReader, Outlet } from '../streaming/answer-reader.ts'
import { AttemptClock, type ClockInput } from './attempt-clock.ts'
import type { Cancellable } from './cancellable.ts'
import { carriesLoad } from './carried-load.ts'
import { toTransportError } from './classify.ts'
import type { Deadlines, Expiring } from './deadline.ts'
import type { AnswerSink, Http1Connection } from './http1/connection.ts'
import type { OutgoingRequest } from './http1/request-head.ts'

/** The head of an answer, and for an answer that is already complete its body. */
export interface Opened {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The whole body; undefined when it is still to be streamed. */
  readonly body: Buffer | undefined
  /** Why the backend refused, when the answer is its refusal in its own words. */
  readonly error: WeirError | undefined
}

export interface AttemptInput extends ClockInput {
  readonly backend: Backend
  /** Its right to be under way; given back when it is over. */
  readonly slot: Slot | undefined
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** What the backend is asked for. */
  readonly model: string
  /** Chooses how the body is read once the head is known. */
  readReply(attempt: UpstreamAttempt, status: number, headers: IncomingHttpHeaders): AnswerReader
}

export class UpstreamAttempt implements AnswerSink, Expiring, Cancellable {
  readonly backend: Backend
  readonly startedMs: number
  connectedMs: number | undefined = undefined
  firstByteMs: number | undefined = undefined
  firstTokenMs: number | undefined = undefined
  endedMs = 0
  status: number | undefined = undefined
  rosterIndex = -1
  /** The load of the model that it waits for, if it does. */
  load: ModelLoad | undefined = undefined
  /** Its caller has left; it is kept so that the load which it began goes on for others. */
  isDetached = false
  /** Resolves once, never rejects: the answer may be given, or the error why not. */
  readonly opened: Promise<Opened | WeirError>
  /** Why it ended, if not well. */
  error: WeirError | undefined = undefined

  readonly #input: AttemptInput
  readonly #clock: AttemptClock
  /** Taken at the start: an attempt that is given up before has none. */
  #connection: Http1Connection | undefined
  #reader: AnswerReader | undefined
  #headers: IncomingHttpHeaders = {}
  #resolve!: (outcome: Opened | WeirError) => void
  #isOpen = false
  #outlet: Outlet | undefined
  /** What came between opening and `attach`: never more than one read of the backend's socket brought. */
  #waiting: Buffer[] | undefined
  #over = false
  #released = false

  constructor(input: AttemptInput) {
    this.#input = input
    this.backend = input.backend
    this.startedMs = input.clock.now()
    this.#clock = new AttemptClock(input, this.startedMs)
    this.opened = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.backend.inflight += 1
    input.deadlines.add(this)
  }

  /** The request is not kept: its body may be large, and the answer long. */
  start(request: OutgoingRequest): void {
    if (this.#over) return
    this.#connection = this.backend.client.acquire(this.startedMs)
    try {
      this.#connection.send(request, this)
    } catch (thrown) {
      this.#finish(new WeirError('internal', { cause: thrown }))
    }
  }

  /** Whether nothing of an answer had arrived when the connection broke. */
  get lostBeforeAnswer(): boolean {
    return (
      this.error?.code === 'backend_unreachable' &&
      this.connectedMs !== undefined &&
      this.firstByteMs === undefined
    )
  }

  // What the connection tells.

  onConnected(): void {
    this.connectedMs = this.#input.clock.now()
    this.#clock.awaitAnswer(this.connectedMs)
    if (this.backend.mustLoad(this.model)) this.#awaitLoad()
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    if (this.#over) {
      // It brings an answer, so the load is over.
      this.releaseDetached()
      return
    }
    this.firstByteMs = this.#input.clock.now()
    this.status = status
    this.#headers = headers
    this.#reader = this.#input.readReply(this, status, headers)
  }

  onBody(bytes: Buffer): void {
    if (this.#over) return
    const nowMs = this.#input.clock.now()
    this.#reader?.push(bytes, nowMs)
    if (this.#over || this.#clock.isPaused) return
    const awaitsToken = this.#input.stream && this.firstTokenMs === undefined
    if (awaitsToken && this.#reader?.showsTokens === true) return
    // A refusal proves nothing: a server whose model hangs says 404 all the same.
    if (this.status === OK_STATUS) this.backend.noteSign(this, nowMs)
    this.#clock.awaitMore(nowMs)
  }

  onEnd(): void {
    if (this.#over) {
      this.#release(true)
      return
    }
    const nowMs = this.#input.clock.now()
    this.#finish(this.#reader?.end(nowMs), { reusable: true, nowMs })
  }

  onBroken(error: Error): void {
    const hasBegun = this.firstByteMs !== undefined
    this.#breakOff(toTransportError(error, { isOpen: this.#isOpen, hasBegun }))
  }

  // What its reader tells.

  /** The answer is good enough to be given: from here on no other backend is tried. */
  open(body?: Buffer, error?: WeirError): void {
    this.#isOpen = true
    this.#resolve({ status: this.status ?? 0, headers: this.#headers, body, error })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  write(bytes: Buffer): void {
    if (this.#outlet !== undefined) this.#outlet.write(bytes)
    else (this.#waiting ??= []).push(bytes)
  }

  /** The answer turned out to be bad: the connection is closed at once. */
  fail(error: WeirError): void {
    this.#finish(error)
  }

  // What its user does.

  /** Names where the answer goes; what came since it was opened follows at once. */
  attach(outlet: Outlet): void {
    this.#outlet = outlet
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) for (const bytes of waiting) outlet.write(bytes)
    if (this.#over) outlet.onUpstreamEnd(this.error)
  }

  cancel(reason: WeirError): void {
    if (reason.code === 'client_closed' && !this.#over && this.carriesLoad) this.#detach(reason)
    else this.#finish(reason)
  }

  // What the watch over backends does.

  get model(): string {
    return this.#input.model
  }

  get isWhole(): boolean {
    return !this.#input.stream
  }

  /** Sent, and nothing of the answer itself has come. */
  get isWaiting(): boolean {
    return !this.#over && this.#clock.isWaiting
  }

  get isLoading(): boolean {
    return this.load?.isOpen === true && (this.isWaiting || this.isDetached)
  }

  /** The model had to be loaded for it. */
  get cold(): boolean {
    return this.load?.isCertain === true
  }

  /** The model is not in the backend's memory now. */
  noteAbsent(nowMs: number): void {
    this.#awaitLoad()
    this.load?.noteAbsent(nowMs)
  }

  /** The model is in memory, and in the list of what is since `listedMs`: from now on the first token is waited for. */
  noteLoaded(listedMs: number, nowMs: number): void {
    if (this.load?.isOpen !== true) return
    this.load.noteLoaded(listedMs)
    this.#clock.awaitAnswer(nowMs)
    if (this.isDetached) this.#release(false)
  }

  /** Its backend was found to be hung: it is tried elsewhere. */
  giveUp(): void {
    this.#breakOff(
      new WeirError('first_token_timeout', { cause: 'the backend takes requests and brings no token' }),
    )
  }

  /** Others wait for the load that it set off. */
  get carriesLoad(): boolean {
    return this.isLoading && carriesLoad(this, this.#input.deadlines)
  }

  awaits(backend: string, model: string): boolean {
    return this.isLoading && this.model === model && this.backend.name === backend
  }

  /** Ends what only a detached attempt still holds. */
  releaseDetached(): void {
    if (this.isDetached) this.#release(false)
  }

  #awaitLoad(): void {
    if (this.load !== undefined) return
    this.load = new ModelLoad(this.connectedMs ?? this.startedMs)
    this.#clock.awaitLoad()
  }

  /** Stops reading until `resume`, because the caller does not take what was read. */
  pause(nowMs: number): void {
    if (this.#over || this.#clock.isPaused) return
    this.#clock.pause(nowMs)
    this.#connection?.pause()
  }

  /** Returns how long it was paused. */
  resume(nowMs: number): number {
    if (!this.#clock.isPaused) return 0
    const stalledMs = this.#clock.resume(nowMs)
    if (this.#over) return stalledMs
    this.#clock.awaitMore(nowMs)
    this.#connection?.resume()
    return stalledMs
  }

  get deadlineMs(): number {
    return this.#clock.deadlineMs
  }

  set deadlineMs(ms: number) {
    this.#clock.deadlineMs = ms
  }

  onDeadline(nowMs: number): void {
    if (this.#over) {
      this.#release(false)
      return
    }
    const code = this.#clock.reasonAt(nowMs)
    const error = new WeirError(code, { cause: `no progress within the time allowed (${code})` })
    if (code === 'deadline_exceeded' && this.carriesLoad) this.#detach(error)
    else this.#breakOff(error)
  }

  /** The connection will bring nothing more. What was already complete stays so, if the caller takes it. */
  #breakOff(error: WeirError): void {
    const isComplete = this.#reader?.isComplete === true && !this.#clock.isPaused
    this.#finish(isComplete ? undefined : error)
  }

  /** Its caller is gone or out of time; what it has set off goes on, for as long as a load may take. */
  #detach(reason: WeirError): void {
    this.isDetached = true
    this.#clock.awaitLoadAlone()
    this.#leave(reason, this.#input.clock.now())
    this.#tell(reason)
  }

  #finish(error: WeirError | undefined, end: { reusable: boolean; nowMs?: number } = NOT_REUSABLE): void {
    const wasOver = this.#over
    if (!wasOver) this.#leave(error, end.nowMs ?? this.#input.clock.now())
    this.#release(end.reusable)
    if (!wasOver) this.#tell(error)
  }

  /** As far as its caller and the record are concerned, it is over. */
  #leave(error: WeirError | undefined, nowMs: number): void {
    this.#over = true
    this.endedMs = nowMs
    this.error = error
  }

  #release(reusable: boolean): void {
    if (this.#released) return
    this.#released = true
    this.#input.deadlines.remove(this)
    this.backend.inflight -= 1
    this.backend.attemptOver(this)
    this.#input.slot?.giveBack(this)
    if (this.#connection === undefined) return
    if (reusable) this.backend.client.release(this.#connection, this.endedMs)
    else this.backend.client.discard(this.#connection)
  }

  #tell(error: WeirError | undefined): void {
    if (this.#isOpen) this.#outlet?.onUpstreamEnd(error)
    else this.#resolve(error ?? new WeirError('backend_protocol_error'))
  }
}

const NOT_REUSABLE = { reusable: false }

const OK_STATUS = 200
