// Many values in little memory, with every percentile to within a quarter of a percent: what a report shows, what a file
// keeps, and what two runs are compared by.

/** Milliseconds, or whatever the values are in; all that is smaller is one bucket. */
export const LEAST_VALUE = 0.01
/** How much wider each bucket reaches than the one before: a value is off by half of that at most. */
export const BUCKET_RATIO = 1.005

const LOG_RATIO = Math.log(BUCKET_RATIO)

export type BucketCount = readonly [bucket: number, count: number]

export class Histogram {
  readonly #counts = new Map<number, number>()
  #count = 0
  #sum = 0
  #min = Infinity
  #max = 0

  get count(): number {
    return this.#count
  }

  /** 0 of nothing. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  get max(): number {
    return this.#max
  }

  get min(): number {
    return this.#count === 0 ? 0 : this.#min
  }

  add(value: number): void {
    const bucket = toBucket(value)
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1)
    this.#count += 1
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  merge(other: Histogram): void {
    for (const [bucket, count] of other.#counts)
      this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count)
    this.#count += other.#count
    this.#sum += other.#sum
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
  }

  /** The smallest value that at least this share of all does not exceed; undefined of nothing. */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined
    const rank = Math.min(this.#count, Math.max(1, Math.ceil(share * this.#count - RANK_NOISE)))
    if (rank === this.#count) return this.#max
    let seen = 0
    for (const [bucket, count] of this.entries()) {
      seen += count
      if (seen >= rank) return Math.min(this.#max, Math.max(this.#min, toValue(bucket)))
    }
    return this.#max
  }

  /** In the order of their values. */
  entries(): readonly BucketCount[] {
    return [...this.#counts].sort(([left], [right]) => left - right)
  }
}

/** 0.95 * 20 is 19 to people, and a little more to a machine. */
export const RANK_NOISE = 1e-9

export function toBucket(value: number): number {
  return value < LEAST_VALUE ? 0 : 1 + Math.floor(Math.log(value / LEAST_VALUE) / LOG_RATIO)
}

/** The middle of a bucket. */
export function toValue(bucket: number): number {
  return bucket <= 0 ? 0 : LEAST_VALUE * Math.exp((bucket - 0.5) * LOG_RATIO)
}
