// The clocks of one attempt: which of them runs, when it ends, and what it means when it does. It is given the time and ends nothing.
import type { ErrorCode } from '../../core/errors.ts'
import type { TimeoutSettings } from '../config.ts'

export interface ClockInput {
  readonly backend: { readonly settings: { readonly timeouts: TimeoutSettings } }
  /** The end of the request's total time, on the monotonic clock. */
  readonly totalDeadlineMs: number
  /** Whether the first token is waited for with a clock of its own: only a stream shows it. */
  readonly stream: boolean
  /** How long the caller may refuse to read. */
  readonly writeTimeoutMs: number
}

export class AttemptClock {
  /** The first end of the clock that runs and of the total time. */
  deadlineMs: number
  readonly #input: ClockInput
  readonly #startedMs: number
  /** What it is when the clock that runs has run out. */
  #waitingFor: ErrorCode = 'backend_unreachable'
  #pausedMs: number | undefined

  constructor(input: ClockInput, startedMs: number) {
    this.#input = input
    this.#startedMs = startedMs
    this.deadlineMs = Math.min(startedMs + this.#timeouts.connect, input.totalDeadlineMs)
  }

  /** The request is sent, and nothing of the answer itself has come. */
  get isWaiting(): boolean {
    return this.#waitingFor === 'first_token_timeout' || this.#waitingFor === 'deadline_exceeded'
  }

  get isPaused(): boolean {
    return this.#pausedMs !== undefined
  }

  awaitAnswer(nowMs: number): void {
    if (this.#input.stream) this.#run('first_token_timeout', nowMs + this.#timeouts.firstToken)
    else this.#run('deadline_exceeded', Infinity)
  }

  awaitLoad(): void {
    this.#run('first_token_timeout', this.#startedMs + this.#timeouts.load)
  }

  /** Nobody waits for the answer any more, only for the load. */
  awaitLoadAlone(): void {
    this.deadlineMs = this.#startedMs + this.#timeouts.load
  }

  awaitMore(nowMs: number): void {
    this.#run('idle_timeout', nowMs + this.#timeouts.idle)
  }

  pause(nowMs: number): void {
    this.#pausedMs = nowMs
    this.#run('client_closed', nowMs + this.#input.writeTimeoutMs)
  }

  /** Returns how long it was paused. */
  resume(nowMs: number): number {
    const stalledMs = nowMs - (this.#pausedMs ?? nowMs)
    this.#pausedMs = undefined
    return stalledMs
  }

  /** Which clock has run out. */
  reasonAt(nowMs: number): ErrorCode {
    return nowMs >= this.#input.totalDeadlineMs ? 'deadline_exceeded' : this.#waitingFor
  }

  get #timeouts(): TimeoutSettings {
    return this.#input.backend.settings.timeouts
  }

  #run(waitingFor: ErrorCode, endMs: number): void {
    this.#waitingFor = waitingFor
    this.deadlineMs = Math.min(endMs, this.#input.totalDeadlineMs)
  }
}
