// What the answers under one limit say together: how late they were on the whole, and how sure that is. Sums only: an answer
// costs a few additions, whatever the size of the window. It decides nothing.

/** How late first tokens were under a limit: the mean of the logarithms of how many times the usual they took. */
export interface Finding {
  readonly limit: number
  /** So many were in use at most. */
  readonly company: number
  readonly mean: number
  readonly count: number
}

/** What a window says about a limit, and how clearly. */
export interface Sight {
  readonly found: Finding
  /** The standard error beside what is usual. */
  readonly error: number
  readonly isClear: boolean
}

/** After so many answers a window is as clear as it will be. */
export const MAX_COUNT = 200

/** A window is looked at whenever it has so many more answers: as many as are under way, within reason. */
const MIN_LOOK = 5
const MAX_LOOK = 20

/** The variance of that logarithm before anything was seen, as if it had been seen so many times: waits that differ by half. */
const FIRST_VARIANCE = 0.25
const FIRST_COUNT = 10
/** So many answers decide what is known of the variance: a day's mix of prompts changes it. */
const REMEMBERED_COUNT = 400
/** A window's own variance is believed as far as it is longer than this: five hits of a cache in a row look like no noise at all. */
const OWN_COUNT = 20

export class AnswerWindow {
  count = 0
  company = 0
  #sum = 0
  #squares = 0
  /** How many began when every slot was in use, and how many when half of them were. */
  #full = 0
  #crowded = 0
  #variance = FIRST_VARIANCE
  #varianceCount = FIRST_COUNT
  #untilLook = MIN_LOOK

  /** Whether it is time to look. */
  add(excess: number, company: number, limit: number): boolean {
    this.count += 1
    if (company > this.company) this.company = company
    this.#sum += excess
    this.#squares += excess * excess
    if (company >= limit) this.#full += 1
    if (company * 2 >= limit) this.#crowded += 1
    this.#untilLook -= 1
    if (this.#untilLook > 0) return false
    this.#untilLook = lookAfter(limit)
    return true
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.#sum / this.count
  }

  get isFull(): boolean {
    return this.#full * 2 >= this.count
  }

  get isCrowded(): boolean {
    return this.#crowded * 2 >= this.count
  }

  /** The standard error of the difference between the mean of this window and one of so many answers; of its mean alone without. */
  errorBeside(otherCount = Infinity): number {
    const variance = (this.#spread() + this.#variance * OWN_COUNT) / (this.count + OWN_COUNT)
    return Math.sqrt(variance * (1 / Math.max(1, this.count) + 1 / Math.max(1, otherCount)))
  }

  /** What is to be seen so far, held against what so many answers are known to be; clear when the error of the mean alone is so small. */
  see(limit: number, usualCount: number, clearError: number): Sight {
    const { count, company, mean } = this
    const isClear = count >= MAX_COUNT || this.errorBeside() <= clearError
    return { found: { limit, company, mean, count }, error: this.errorBeside(usualCount), isClear }
  }

  /** Begins anew, under this limit. */
  clear(limit: number): void {
    this.#untilLook = lookAfter(limit)
    const known = this.#varianceCount
    this.#variance = (this.#variance * known + this.#spread()) / (known + this.count)
    this.#varianceCount = Math.min(REMEMBERED_COUNT, known + this.count)
    this.count = 0
    this.company = 0
    this.#sum = 0
    this.#squares = 0
    this.#full = 0
    this.#crowded = 0
  }

  /** The sum of the squared distances from the mean. */
  #spread(): number {
    return Math.max(0, this.#squares - this.#sum * this.mean)
  }
}

function lookAfter(limit: number): number {
  return Math.min(MAX_LOOK, Math.max(MIN_LOOK, limit))
}
