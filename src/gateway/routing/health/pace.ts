// How fast a model generates on one backend, and whether it has become far slower than it was. Per process, bounded; no clock.
// A model that slipped to the CPU, a throttled GPU, a neighbour on the machine: all of them show here first.

/** One finished answer. */
export interface PaceSample {
  readonly tokensPerSecond: number
  /** Requests at the backend when it ended, this one included: side by side, each is slower and all together faster. */
  readonly company: number
}

/** Speeds remembered: enough for a median that a few odd ones do not move. */
const WINDOW = 31

/** Before so many are known there is no baseline. */
const MIN_BASELINE = 8

/** Under this share of the baseline an answer is far too slow; a busy machine halves it, or worse, in health. */
const SLOW_RATIO = 0.25

/** So many in a row, so that one odd prompt says nothing. */
const SLOW_AFTER = 3

export class Pace {
  readonly #alone: number[] = []
  readonly #together: number[] = []
  #at = 0
  #slowInARow = 0
  isSlow = false
  /** The answer that was noted last. */
  latest = 0

  /** The median of what was remembered; undefined while too little is. */
  get baseline(): number | undefined {
    return this.#alone.length < MIN_BASELINE ? undefined : median(this.#alone)
  }

  /** Returns whether `isSlow` has changed. Far slower answers leave the baseline as it is. */
  note({ tokensPerSecond, company }: PaceSample): boolean {
    this.latest = tokensPerSecond
    const { baseline } = this
    const together = tokensPerSecond * company
    // Slower than alone and slower all together: with more company each answer is slower in health.
    const isFar =
      baseline !== undefined &&
      tokensPerSecond < baseline * SLOW_RATIO &&
      together < median(this.#together) * SLOW_RATIO
    if (!isFar) this.#remember(tokensPerSecond, together)
    this.#slowInARow = isFar ? this.#slowInARow + 1 : 0
    const was = this.isSlow
    this.isSlow = this.#slowInARow >= SLOW_AFTER || (was && isFar)
    return this.isSlow !== was
  }

  #remember(alone: number, together: number): void {
    this.#alone[this.#at] = alone
    this.#together[this.#at] = together
    this.#at = (this.#at + 1) % WINDOW
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
