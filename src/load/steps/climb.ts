// Raises the load until the objectives break, looks between if asked to, and goes back once to see whether what held holds.
import type { Measured } from '../run.ts'
import type { Report } from '../report.ts'
import { between } from './ladder.ts'
import { judgeStep, type StepVerdict } from './judge-step.ts'

export type StepPurpose = 'climb' | 'between' | 'confirm'

export interface Step extends StepVerdict {
  readonly perSecond: number
  readonly purpose: StepPurpose
  /** So clearly broken that it was not run to its end. */
  readonly isBrokenOff: boolean
  readonly report: Report
}

export interface StepRun {
  readonly measured: Measured
  readonly report: Report
  readonly isBrokenOff: boolean
  /** By whoever watches. */
  readonly isStopped: boolean
}

export interface ClimbOptions {
  readonly rates: readonly number[]
  /** How often to look between the last rate that held and the first that did not. */
  readonly refinements: number
  readonly runStep: (perSecond: number, purpose: StepPurpose) => Promise<StepRun>
  readonly onStep?: (step: Step) => void
}

/** `broken`: the limit was found. `held`: not even the last rate broke them. `unknown`: a step could not be judged. */
export type ClimbEnd = 'broken' | 'held' | 'unknown' | 'stopped'

export interface Climb {
  readonly end: ClimbEnd
  readonly steps: readonly Step[]
  /** The highest rate that held; undefined: not even the first did. */
  readonly limitPerSecond: number | undefined
  /** Held at the second time as well. */
  readonly isConfirmed: boolean
  /** The lowest rate that broke them. */
  readonly brokenPerSecond: number | undefined
}

export async function climb(options: ClimbOptions): Promise<Climb> {
  const course = new Course(options)
  for (const rate of options.rates) {
    if ((await course.step(rate, 'climb')) !== 'meets') break
  }
  for (let count = 0; count < options.refinements && course.isBetween; count += 1) {
    if ((await course.step(course.middle, 'between')) === 'unknown') break
  }
  if (course.end === 'broken' && course.limit !== undefined) {
    const again = await course.step(course.limit, 'confirm')
    course.confirm(again)
  }
  return course.toClimb()
}

class Course {
  readonly #options: ClimbOptions
  readonly #steps: Step[] = []
  readonly #held: number[] = []
  #broken: number | undefined
  #end: ClimbEnd = 'held'
  #isConfirmed = false

  constructor(options: ClimbOptions) {
    this.#options = options
  }

  get end(): ClimbEnd {
    return this.#end
  }

  get limit(): number | undefined {
    return this.#held.at(-1)
  }

  get middle(): number {
    return between(this.limit ?? 0, this.#broken ?? 0)
  }

  get isBetween(): boolean {
    if (this.#end !== 'broken' || this.limit === undefined || this.#broken === undefined) return false
    return this.middle > this.limit && this.middle < this.#broken
  }

  async step(perSecond: number, purpose: StepPurpose): Promise<StepVerdict['is']> {
    const { runStep, onStep } = this.#options
    const { report, isBrokenOff, isStopped } = await runStep(perSecond, purpose)
    const verdict = judgeStep(report, isBrokenOff)
    const step: Step = { ...verdict, perSecond, purpose, isBrokenOff, report }
    this.#steps.push(step)
    onStep?.(step)
    if (isStopped) {
      this.#end = 'stopped'
      return 'unknown'
    }
    if (purpose !== 'confirm') this.#note(step)
    return step.is
  }

  #note({ is, perSecond }: Step): void {
    if (is === 'meets') this.#held.push(perSecond)
    else if (is === 'unknown') this.#end = 'unknown'
    else {
      this.#end = 'broken'
      this.#broken = perSecond
    }
  }

  /** What held once and broke once is no limit to rely on: the one before is. */
  confirm(again: StepVerdict['is']): void {
    if (again === 'meets') this.#isConfirmed = true
    else if (again === 'breaks') this.#broken = this.#held.pop()
  }

  toClimb(): Climb {
    return {
      end: this.#end,
      steps: this.#steps,
      limitPerSecond: this.limit,
      isConfirmed: this.#isConfirmed,
      brokenPerSecond: this.#broken,
    }
  }
}
