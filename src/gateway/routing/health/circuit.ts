// Whether a backend is trusted: the circuit breaker of one backend, told of failures and successes and given the time.
// A state machine and nothing else: it knows no fleet, no request and no clock.
import type { HealthSettings } from './config.ts'

export type CircuitState = 'closed' | 'open' | 'half-open'

/** Why it opened. */
export type OpenCause = 'failures' | 'hung'

/** An attempt that is over, as far as the circuit is concerned. */
export interface Outcome {
  readonly startedMs: number
  readonly endedMs: number
}

/** The least share of its turns a returning backend takes; Envoy's slow start begins with the same. */
const MIN_RAMP_RATIO = 0.1

export class Circuit {
  #state: CircuitState = 'closed'
  #cause: OpenCause | undefined
  /** Consecutive. */
  #failures = 0
  /** How often it was ejected lately: the next time out is that many times as long. */
  #ejections = 0
  /** When it entered its state. */
  #sinceMs = -Infinity
  #untilMs = Infinity
  #rampFromMs = -Infinity

  get state(): CircuitState {
    return this.#state
  }

  get cause(): OpenCause | undefined {
    return this.#cause
  }

  get failures(): number {
    return this.#failures
  }

  /** When an open circuit asks for a trial. */
  get untilMs(): number {
    return this.#untilMs
  }

  /** A sound answer, or the whole of one. */
  onSuccess({ startedMs, endedMs: nowMs }: Outcome): void {
    this.#failures = 0
    if (this.#state === 'half-open') this.#close(nowMs)
    // It was asked all the same, because nobody else was left, and it served. What began before proves nothing of now.
    else if (this.#state === 'open' && startedMs >= this.#sinceMs) this.#close(nowMs)
  }

  /** `mayEject` is asked only when this failure would open the circuit. Returns whether it did. */
  onFailure(outcome: Outcome, settings: HealthSettings, mayEject: () => boolean): boolean {
    const { startedMs, endedMs: nowMs } = outcome
    if (this.#state === 'open') return false
    if (this.#state === 'half-open') {
      // A stream from before the time out that breaks now is no verdict on the trial.
      if (startedMs < this.#sinceMs) return false
      this.#open(this.#cause ?? 'failures', nowMs, settings)
      return true
    }
    this.#failures += 1
    if (this.#failures < settings.failures || !mayEject()) return false
    this.#open('failures', nowMs, settings)
    return true
  }

  /** Opens at once: it was found to be hung. Returns whether it did. */
  trip(nowMs: number, settings: HealthSettings, mayEject: () => boolean): boolean {
    if (this.#state === 'open' || (this.#state === 'closed' && !mayEject())) return false
    this.#open('hung', nowMs, settings)
    return true
  }

  /** A sign of life of a backend that was hung: whatever held it has passed. */
  revive(nowMs: number): void {
    if (this.#state !== 'closed' && this.#cause === 'hung') this.#close(nowMs)
  }

  /** It was away for another reason and is back: takes its share of the turns step by step. */
  startRamp(nowMs: number): void {
    this.#rampFromMs = nowMs
  }

  /** Lets the time out end when it is over. */
  tick(nowMs: number): void {
    if (this.#state !== 'open' || nowMs < this.#untilMs) return
    this.#state = 'half-open'
    this.#sinceMs = nowMs
    this.#untilMs = Infinity
  }

  rampRatio(nowMs: number, { slowStart }: HealthSettings): number {
    const passedMs = nowMs - this.#rampFromMs
    if (passedMs >= slowStart) return 1
    return Math.max(MIN_RAMP_RATIO, passedMs / slowStart)
  }

  #open(cause: OpenCause, nowMs: number, { ejectFor, maxEjectFor }: HealthSettings): void {
    if (this.#state === 'closed') {
      // For each time out it has spent in health since, one is forgiven.
      const forgiven = Math.floor((nowMs - this.#sinceMs) / ejectFor)
      this.#ejections = Math.max(0, this.#ejections - forgiven)
    }
    this.#ejections += 1
    this.#state = 'open'
    this.#cause = cause
    this.#failures = 0
    this.#sinceMs = nowMs
    this.#untilMs = nowMs + Math.min(ejectFor * this.#ejections, maxEjectFor)
  }

  #close(nowMs: number): void {
    this.#state = 'closed'
    this.#cause = undefined
    this.#failures = 0
    this.#sinceMs = nowMs
    this.#untilMs = Infinity
    this.startRamp(nowMs)
  }
}
