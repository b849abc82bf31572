// A median that forgets slowly: weighted counts in buckets of equal ratio. It knows no time; who notes says what a value weighs.

/** Neighbouring buckets differ by so much: finer than anybody would call two speeds different. */
const RATIO = 1.08
const LEAST = 0.001
const MOST = 10_000_000
const LOG_RATIO = Math.log(RATIO)
const LOG_LEAST = Math.log(LEAST)
const BUCKETS = Math.ceil((Math.log(MOST) - LOG_LEAST) / LOG_RATIO)

/** Before so many values there is no usual one. */
export const MIN_SEEN = 5

/** What came since the median was worked out may weigh so much before it is worked out anew. */
const STALE_RATIO = 0.02

export class SlowMedian {
  #counts: Float64Array | undefined
  /** Mean of the values in each bucket, so that equal values give exactly themselves. */
  #means: Float32Array | undefined
  #total = 0
  #unread = Infinity
  #value = 0
  #seen = 0

  note(value: number, weight: number): void {
    if (!(value >= LEAST && value < MOST)) return
    this.#counts ??= new Float64Array(BUCKETS)
    this.#means ??= new Float32Array(BUCKETS)
    const bucket = Math.min(BUCKETS - 1, Math.floor((Math.log(value) - LOG_LEAST) / LOG_RATIO))
    const count = (this.#counts[bucket] ?? 0) + weight
    const mean = this.#means[bucket] ?? 0
    this.#counts[bucket] = count
    this.#means[bucket] = mean + ((value - mean) * weight) / count
    this.#total += weight
    this.#unread += weight
    this.#seen += 1
  }

  /** Undefined while too little is known. */
  get value(): number | undefined {
    if (this.#seen < MIN_SEEN || this.#counts === undefined || this.#means === undefined) return undefined
    if (!(this.#total > 0)) return undefined
    if (this.#unread > this.#total * STALE_RATIO) {
      this.#value = medianOf(this.#counts, this.#means, this.#total)
      this.#unread = 0
    }
    return this.#value
  }

  /** All weights together become smaller, so that those to come do not grow without end. */
  scale(factor: number): void {
    if (this.#counts === undefined) return
    for (let bucket = 0; bucket < BUCKETS; bucket += 1)
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) * factor
    this.#total *= factor
    this.#unread *= factor
  }
}

function medianOf(counts: Float64Array, means: Float32Array, total: number): number {
  let below = 0
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    below += counts[bucket] ?? 0
    if (below * 2 >= total) return means[bucket] ?? 0
  }
  return 0
}
