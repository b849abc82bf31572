// Measures a stream as its reader sees it: the first token, and every gap between one token and the next.
import { GAP_BOUNDS_S, STALL_THRESHOLD_MS } from '../../core/buckets.ts'
import type { GapSketch } from '../../core/record.ts'

const GAP_BOUNDS_MS: readonly number[] = GAP_BOUNDS_S.map((seconds) => seconds * 1000)

/** Times are on the clock whose readings it is given; milliseconds. */
export class StreamMeter {
  readonly #boundsMs: readonly number[]
  #counts: number[] | undefined
  #count = 0
  #sumMs = 0
  #maxMs = 0
  #lastMs = 0
  firstTokenMs: number | undefined
  stalls = 0

  constructor(boundsMs: readonly number[] = GAP_BOUNDS_MS) {
    this.#boundsMs = boundsMs
  }

  onToken(nowMs: number): void {
    if (this.firstTokenMs === undefined) this.firstTokenMs = nowMs
    else this.#addGap(nowMs - this.#lastMs)
    this.#lastMs = nowMs
  }

  /** Undefined when there was no gap: fewer than two tokens. */
  sketch(): GapSketch | undefined {
    if (this.#counts === undefined) return undefined
    return {
      boundsMs: this.#boundsMs,
      counts: this.#counts,
      count: this.#count,
      sumMs: this.#sumMs,
      maxMs: this.#maxMs,
    }
  }

  #addGap(gapMs: number): void {
    const bounds = this.#boundsMs
    this.#counts ??= new Array<number>(bounds.length + 1).fill(0)
    let bucket = 0
    while (bucket < bounds.length && gapMs > (bounds[bucket] ?? 0)) bucket += 1
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count += 1
    this.#sumMs += gapMs
    if (gapMs > this.#maxMs) this.#maxMs = gapMs
    if (gapMs > STALL_THRESHOLD_MS) this.stalls += 1
  }
}
