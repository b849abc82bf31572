// What is counted of requests: of a whole run, and of each stretch of it in the order of time, so that slow swings show.
import { Histogram } from './histogram.ts'
import type { Outcome } from './outcome.ts'

export const METRICS = ['duration', 'firstToken', 'perToken', 'interToken'] as const
/** Times, in milliseconds: as objectives are called. */
export type Metric = (typeof METRICS)[number]

export type Distributions = Readonly<Record<Metric, Histogram>>

export class Slice {
  sent = 0
  failed = 0
  /** Answered within every objective. */
  good = 0
  /** Of requests that were answered well. */
  readonly metrics: Distributions = {
    duration: new Histogram(),
    firstToken: new Histogram(),
    perToken: new Histogram(),
    interToken: new Histogram(),
  }

  add(outcome: Outcome, isGood: boolean): void {
    this.sent += 1
    if (isGood) this.good += 1
    if (outcome.failure !== undefined) {
      this.failed += 1
      return
    }
    const { duration, firstToken, perToken, interToken } = this.metrics
    duration.add(outcome.durationMs)
    if (outcome.firstTokenMs !== undefined) firstToken.add(outcome.firstTokenMs)
    if (outcome.perTokenMs !== undefined) perToken.add(outcome.perTokenMs)
    for (const gapMs of outcome.gapsMs) interToken.add(gapMs)
  }

  merge(other: Slice): void {
    this.sent += other.sent
    this.failed += other.failed
    this.good += other.good
    for (const metric of METRICS) this.metrics[metric].merge(other.metrics[metric])
  }
}

/** Enough to see how much stretches differ, few enough for a file. */
const MOST_SLICES = 96
const FIRST_SLICE_MS = 100

/** Stretches of equal length. They grow with the run: nobody need know in advance how long it takes. */
export class Slices {
  #sliceMs = FIRST_SLICE_MS
  #slices: Slice[] = []

  get sliceMs(): number {
    return this.#sliceMs
  }

  get all(): readonly Slice[] {
    return this.#slices
  }

  /** By when the request was meant to leave. */
  at(atMs: number): Slice {
    let index = Math.max(0, Math.floor(atMs / this.#sliceMs))
    while (index >= MOST_SLICES) {
      this.#halve()
      index = Math.floor(atMs / this.#sliceMs)
    }
    while (this.#slices.length <= index) this.#slices.push(new Slice())
    return this.#slices[index] ?? new Slice()
  }

  #halve(): void {
    this.#sliceMs *= 2
    const halved: Slice[] = []
    for (const [index, slice] of this.#slices.entries()) {
      if (index % 2 === 0) halved.push(slice)
      else halved.at(-1)?.merge(slice)
    }
    this.#slices = halved
  }
}
