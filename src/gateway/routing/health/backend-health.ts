// The health of one backend: what finished attempts and probes say of it, as one state with its reason. Per process.
// It never sends anything; it is told, and it is given the time.
import type { WeirError } from '../../../core/errors.ts'
import type { HealthState, HealthView } from '../view.ts'
import { Circuit, type CircuitState } from './circuit.ts'
import type { HealthSettings } from './config.ts'
import { Silence, type SilenceQuestion } from './silence.ts'
import { judge, type EndedAttempt } from './verdict.ts'

/** An attempt that is over. */
export interface AttemptEnd extends EndedAttempt {
  readonly startedMs: number
  readonly endedMs: number
  /** Whether its answer came in one piece. */
  readonly isWhole: boolean
}

/** What the fleet decides for its backends. */
export interface HealthHost {
  readonly settings: HealthSettings
  /** Whether the fleet can do without this backend. */
  mayEject(): boolean
  /** A number in [0, 1). */
  random(): number
  /** Told of each new state, after the view has it. */
  onChange(from: HealthState): void
}

/** What a probe found: it answers; it answers that it is loading, or has no room; it refuses connections; nothing comes. */
export type ProbeFinding = 'answers' | 'loading' | 'busy' | 'refused' | 'silent'

/** A server that says 503 without saying for how long is left alone for this long. */
const BUSY_MS = 2_000

/** A 503 is about the moment: a long Retry-After of a server that is merely busy is not taken at its word. */
const MAX_BUSY_MS = 30_000

/** Probes in a row that found nothing before a backend counts as dead: one is lost on a busy machine now and then. */
const MUTE_AFTER = 2

/** After the fleet said no to an ejection it is not asked again for this long: the answer costs more than the question. */
const ASK_AGAIN_MS = 1_000

/** Pauses end a little apart, so that callers do not come back all together. */
const JITTER_RATIO = 0.1

const MS_PER_SECOND = 1_000

const ALONE: HealthHost = {
  settings: { failures: 5, ejectFor: 30_000, maxEjectFor: 300_000, maxEjectedShare: 0.5, slowStart: 30_000 },
  mayEject: () => false,
  random: () => 0,
  onChange: () => undefined,
}

export class BackendHealth implements HealthView {
  readonly #circuit = new Circuit()
  readonly silence = new Silence()
  #host: HealthHost = ALONE
  state: HealthState = 'available'
  untilMs = Infinity
  reason = ''
  rampRatio = 1
  /** Judged hung; without an ejection where the fleet cannot do without it, but for no longer than one takes. */
  #hung = false
  #hungSinceMs = 0
  #finding: ProbeFinding | undefined
  #problem = ''
  #unanswered = 0
  #firstUnansweredMs = 0
  #coolUntilMs = -Infinity
  #busyUntilMs = -Infinity
  #lastFailure = ''
  #deniedMs = -Infinity
  readonly #mayEject = (): boolean => this.#host.mayEject()

  /** Whose backend it is now: a reload hands it on with everything it knows. */
  adopt(host: HealthHost): void {
    this.#host = host
  }

  get circuit(): CircuitState {
    return this.#circuit.state
  }

  /** It leaves even the question for its health unanswered. */
  get isMute(): boolean {
    return this.#unanswered >= MUTE_AFTER
  }

  attemptOver(end: AttemptEnd): void {
    const verdict = judge(end)
    const { startedMs, endedMs: nowMs } = end
    switch (verdict) {
      case 'nothing':
        return
      case 'success':
        if (end.error === undefined && end.isWhole) this.silence.onWhole(nowMs - startedMs)
        this.#circuit.onSuccess(end)
        break
      case 'silent':
        if (this.silence.onTimeout(startedMs)) this.#busyUntilMs = nowMs + BUSY_MS
        this.#fail(end)
        break
      case 'failure':
        this.#fail(end)
        break
      case 'cool':
        this.#coolUntilMs = Math.max(this.#coolUntilMs, this.#pauseUntil(nowMs, end.error))
        break
      case 'busy':
        this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#pauseUntil(nowMs, end.error))
        break
    }
    this.update(nowMs)
  }

  probed(finding: ProbeFinding, problem: string | undefined, nowMs: number): void {
    const wasDead = this.#isDead
    this.#finding = finding
    this.#problem = problem ?? ''
    if (finding !== 'silent') this.#unanswered = 0
    else if (++this.#unanswered === 1) this.#firstUnansweredMs = nowMs
    if (wasDead && !this.#isDead) this.#circuit.startRamp(nowMs)
    this.update(nowMs)
  }

  /** Asked every moment: whether what waits there proves that it is hung. Returns whether it is. */
  judgeSilence(question: SilenceQuestion): boolean {
    const { nowMs } = question
    if (this.#hung) return true
    if (!this.silence.isHung(question)) return false
    this.silence.forget()
    this.#hung = true
    this.#hungSinceMs = nowMs
    this.#circuit.trip(nowMs, this.#host.settings, this.#askedLately(nowMs) ? NEVER : this.#mayEject)
    this.update(nowMs)
    return true
  }

  /** Lets what is over be over, and says so. */
  update(nowMs: number): void {
    if (this.#hung && this.silence.lastSignMs > this.#hungSinceMs) {
      this.#hung = false
      this.#circuit.revive(nowMs)
    }
    this.#circuit.tick(nowMs)
    // No circuit lets it try again, and while others are better nobody asks it: without an end it would stay hung for ever.
    if (this.#hung && this.#circuit.state === 'closed' && nowMs >= this.#hungUntilMs) {
      this.#hung = false
      this.#circuit.startRamp(nowMs)
    }
    this.rampRatio = this.#circuit.rampRatio(nowMs, this.#host.settings)
    const from = this.state
    this.#describe(nowMs)
    if (this.state !== from) this.#host.onChange(from)
  }

  get #hungUntilMs(): number {
    return this.#hungSinceMs + this.#host.settings.ejectFor
  }

  get #isDead(): boolean {
    if (this.#finding === 'refused') return true
    return this.isMute && this.silence.lastSignMs < this.#firstUnansweredMs
  }

  #fail(end: AttemptEnd): void {
    const { endedMs: nowMs } = end
    this.#lastFailure = end.error?.code ?? ''
    const mayEject = this.#askedLately(nowMs) ? NEVER : this.#mayEject
    const wasClosed = this.#circuit.state === 'closed'
    const opened = this.#circuit.onFailure(end, this.#host.settings, mayEject)
    const denied = wasClosed && !opened && this.#circuit.failures >= this.#host.settings.failures
    if (denied && mayEject !== NEVER) this.#deniedMs = nowMs
  }

  #askedLately(nowMs: number): boolean {
    return nowMs - this.#deniedMs < ASK_AGAIN_MS
  }

  #pauseUntil(nowMs: number, error: WeirError | undefined): number {
    const stated = error?.retryAfterSeconds
    const asked = stated === undefined ? BUSY_MS : stated * MS_PER_SECOND
    const most = error?.code === 'rate_limited' ? this.#host.settings.maxEjectFor : MAX_BUSY_MS
    return nowMs + Math.min(asked, most) * (1 + JITTER_RATIO * this.#host.random())
  }

  #describe(nowMs: number): void {
    const circuit = this.#circuit
    if (circuit.state === 'open') {
      const state = circuit.cause === 'hung' ? 'hung' : 'ejected'
      this.#set(state, circuit.untilMs, state === 'hung' ? HUNG_REASON : `failed with ${this.#lastFailure}`)
    } else if (this.#isDead) this.#set('dead', Infinity, this.#problem)
    else if (this.#finding === 'loading') this.#set('loading', Infinity, this.#problem)
    else if (circuit.state === 'half-open') this.#set('probation', Infinity, 'gets one request at a time')
    else if (this.#hung) this.#set('hung', this.#hungUntilMs, HUNG_REASON)
    else if (this.#coolUntilMs > nowMs) this.#set('cooling', this.#coolUntilMs, 'asked for a pause (429)')
    else if (this.#busyUntilMs > nowMs) this.#set('busy', this.#busyUntilMs, 'has no room just now')
    else if (this.#finding === 'busy') this.#set('busy', Infinity, this.#problem)
    else this.#set('available', Infinity, '')
  }

  #set(state: HealthState, untilMs: number, reason: string): void {
    this.state = state
    this.untilMs = untilMs
    this.reason = reason
  }
}

const HUNG_REASON = 'takes requests and brings no token'

const NEVER = (): boolean => false
