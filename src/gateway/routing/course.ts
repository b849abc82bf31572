// The way of one request through its plans: who was tried, who may be tried next, and when to turn to a fallback model.
import { WeirError, type ErrorCode } from '../../core/errors.ts'
import type { DialectName } from '../../core/record.ts'
import { chooseError } from '../upstream/choose-error.ts'
import { mayRetry, type Failure } from '../upstream/retry.ts'
import type { Candidate } from './candidate.ts'
import type { Plan } from './planner.ts'
import { STANDING, standingOf, type Standing } from './standing.ts'
import type { HealthState } from './view.ts'

/** Who plans: the fleet, or a test. */
export interface Chart {
  plan(model: string, dialect: DialectName): Plan
}

export interface CourseInput {
  readonly chart: Chart
  readonly model: string
  readonly dialect: DialectName
  /** Whether the caller may use a model: it is not sent to a fallback that it could not ask for itself. */
  readonly principal: { mayUse(model: string): boolean } | undefined
  /** How many attempts are allowed in all. */
  readonly attempts: number
  /** It asks about the model itself, its details or how it counts: what is true of another model is no answer. */
  readonly isAboutModel?: boolean
}

/** That the request went to another model than the one it asked for. */
export interface Fallback {
  /** The model it was meant for, as a record may show it. */
  readonly from: string
  /** What became of it there; `no_backend` when nobody could be asked. */
  readonly reason: ErrorCode
}

const NOBODY: readonly Candidate[] = []

const DOWN = new Set<HealthState>(['ejected', 'hung', 'dead'])

/** A hint for callers when nobody can say when a backend will be back: it is probed every few seconds. */
const RETRY_AFTER_SECONDS = 5
const MAX_RETRY_AFTER_SECONDS = 60

export class Course {
  /** The model asked for, and then its fallbacks, each planned when it is turned to. */
  readonly #plans: Plan[] = []
  readonly #input: CourseInput
  /** Everyone that was asked, in order; twice when asked twice. */
  readonly #taken: Candidate[] = []
  readonly #errors: WeirError[] = []
  /** Groups that would not queue the request. */
  readonly #closed: number[] = []
  /** Why the model that was asked for was left. */
  #reason: ErrorCode | undefined
  /** Nobody was asked who was not known to be down. */
  #isHopeless = true
  /** Which model `open` is of: 0 is the one asked for, n its n-th fallback. */
  group = 0
  /** Who may be tried next, best first: untried candidates of one model and one standing. Empty when nobody is left. */
  open: readonly Candidate[] = NOBODY

  constructor(input: CourseInput) {
    this.#input = input
    this.#turnToNext(input.attempts)
  }

  /** The plan for the model that was asked for. */
  get plan(): Plan {
    return this.#planOf(0)
  }

  /** Undefined while `open` is of the model that was asked for. */
  get fallback(): Fallback | undefined {
    if (this.group === 0) return undefined
    const { candidates, rule, model } = this.#planOf(0)
    const from = candidates[0]?.model ?? rule?.label ?? rule?.name ?? model
    return { from, reason: this.#reason ?? 'no_backend' }
  }

  /** It is being tried. */
  take(candidate: Candidate): void {
    this.#taken.push(candidate)
    if (!DOWN.has(candidate.view.health.state)) this.#isHopeless = false
  }

  /** Nobody who is open will be waited for: the queue is full, or was too slow. False when there is no other model. */
  leave(error: WeirError): boolean {
    this.#errors.push(error)
    this.#closed.push(this.group)
    this.#isHopeless = false
    this.#turnToNext(this.#left)
    return this.open.length > 0
  }

  /** Who is open now: backends fail and come back while the request waits. */
  refresh(): readonly Candidate[] {
    this.#turnToNext(this.#left)
    return this.open
  }

  /** What follows a failed attempt. Turns `open` to who is next; it stays as it is when there is nothing more to do. */
  decide(error: WeirError, failure: Failure): 'again' | 'give-up' {
    this.#errors.push(error)
    const left = this.#left
    if (left < 1 || !mayRetry(error, failure)) return 'give-up'
    const { group } = this
    this.#turnToNext(left)
    if (failure.lostBeforeAnswer && this.#isSpent(group)) this.#repeatLast(group, left)
    return this.open.length > 0 ? 'again' : 'give-up'
  }

  /** The error that the caller gets when nobody answered. */
  verdict(nowMs: number): WeirError {
    const error = chooseError(this.#errors)
    const isDown = this.#isHopeless && this.#errors.every(({ code }) => code === 'backend_unreachable')
    if (error !== undefined && !isDown) return error
    return new WeirError('no_backend', {
      retryAfterSeconds: this.#secondsUntilBack(nowMs),
      cause: error?.cause,
    })
  }

  get #left(): number {
    return this.#input.attempts - this.#taken.length
  }

  /** Whether nobody promising is left of the model that was tried last. */
  #isSpent(group: number): boolean {
    const [next] = this.open
    return next === undefined || this.group !== group || standingOf(next.view) === STANDING.lastResort
  }

  /** A lost connection says nothing about the backend itself: it is asked again, once, on a fresh one. A fallback keeps its attempt. */
  #repeatLast(group: number, left: number): void {
    const last = this.#taken.at(-1)
    if (last === undefined || this.#taken.indexOf(last) !== this.#taken.length - 1) return
    if (left === 1 && this.group > group) return
    this.group = group
    this.open = [last]
  }

  /** One attempt is kept for a fallback; whoever is in bad health comes after every model that has somebody better. */
  #turnToNext(left: number): void {
    const last = this.#input.isAboutModel === true ? 0 : (this.#planOf(0).rule?.fallback.length ?? 0)
    const isKept = left === 1 && this.group < last && this.#taken.length > 0
    const turned =
      (isKept && this.#turnWithin({ from: this.group + 1, to: last, worst: STANDING.reluctant })) ||
      this.#turnWithin({ from: this.group, to: last, worst: STANDING.reluctant }) ||
      this.#turnWithin({ from: 0, to: last, worst: STANDING.lastResort })
    if (!turned) this.open = NOBODY
  }

  #turnWithin({ from, to, worst }: { from: number; to: number; worst: Standing }): boolean {
    for (let group = from; group <= to; group += 1) {
      if (this.#closed.includes(group)) continue
      const best = this.#untried(group)
      const [first] = best
      if (first === undefined || standingOf(first.view) > worst) continue
      if (this.group === 0 && group > 0) this.#reason = this.#errors.at(-1)?.code
      this.group = group
      this.open = best
      return true
    }
    return false
  }

  /** Those of the best standing that nobody has tried yet; for a fallback, backends that have not failed this request first. */
  #untried(group: number): readonly Candidate[] {
    const { candidates } = this.#planOf(group)
    let best: Standing = STANDING.lastResort
    for (const candidate of candidates) {
      const standing = standingOf(candidate.view)
      if (standing < best && !this.#taken.includes(candidate)) best = standing
    }
    const isOpen = (each: Candidate): boolean => standingOf(each.view) === best && !this.#taken.includes(each)
    const open = candidates.every(isOpen) ? candidates : candidates.filter(isOpen)
    const hasFailed = (each: Candidate): boolean =>
      this.#taken.some(({ backend }) => backend === each.backend)
    if (group === 0 || !open.some(hasFailed)) return open
    return [...open.filter((each) => !hasFailed(each)), ...open.filter(hasFailed)]
  }

  #planOf(group: number): Plan {
    const known = this.#plans[group]
    if (known !== undefined) return known
    const { chart, model, dialect, principal } = this.#input
    const name = group === 0 ? model : (this.#planOf(0).rule?.fallback[group - 1] ?? model)
    const mayUse = group === 0 || principal?.mayUse(name) !== false
    const plan = mayUse ? chart.plan(name, dialect) : { model: name, rule: undefined, candidates: NOBODY }
    this.#plans[group] = plan
    return plan
  }

  #secondsUntilBack(nowMs: number): number {
    let soonestMs = Infinity
    for (const { view } of this.#taken) soonestMs = Math.min(soonestMs, view.health.untilMs - nowMs)
    if (soonestMs === Infinity) return RETRY_AFTER_SECONDS
    return Math.min(Math.max(1, Math.ceil(soonestMs / 1_000)), MAX_RETRY_AFTER_SECONDS)
  }
}
