// The numbers of rows: the start of a request in milliseconds, and a place within the millisecond. Pure but for the one look
// into the file that each new millisecond needs.

/** 2,048 requests a millisecond until the year 2109, within what a number of JavaScript holds. */
export const PER_MS = 2_048
const LAST_MS = Math.floor(Number.MAX_SAFE_INTEGER / PER_MS) - 1
/** Milliseconds that are remembered. */
const MOST_REMEMBERED = 50_000

export function firstSeqOf(ms: number): number {
  return (ms > 0 ? Math.min(Math.floor(ms), LAST_MS) : 0) * PER_MS
}

export function msOfSeq(seq: number): number {
  return Math.floor(seq / PER_MS)
}

export class Sequence {
  /** By first number of a millisecond: the next one of it. */
  readonly #known = new Map<number, number>()
  /** The greatest number from one (inclusive) to another (exclusive) in the file. */
  readonly #greatest: (from: number, to: number) => number | undefined
  /** Up to here the file may hold rows that are not remembered. */
  #unknownTo: number
  #last = -1
  /** The millisecond in hand and its next number: requests of one mostly follow each other. */
  #first = -1
  #next = -1

  constructor(greatest: (from: number, to: number) => number | undefined) {
    this.#greatest = greatest
    this.#unknownTo = greatest(0, Number.MAX_SAFE_INTEGER) ?? -1
  }

  /** A number that no row has: of the millisecond, or of the next one that has room. */
  take(startedAtMs: number): number {
    for (let first = firstSeqOf(startedAtMs); ; first += PER_MS) {
      if (first !== this.#first) this.#turnTo(first)
      const next = this.#next
      if (next >= first + PER_MS) continue
      this.#next = next + 1
      if (next > this.#last) this.#last = next
      return next
    }
  }

  #turnTo(first: number): void {
    if (this.#first >= 0) this.#known.set(this.#first, this.#next)
    this.#next = this.#known.get(first) ?? this.#lookUp(first)
    this.#first = first
  }

  #lookUp(first: number): number {
    if (this.#known.size >= MOST_REMEMBERED) {
      this.#known.clear()
      this.#unknownTo = Math.max(this.#unknownTo, this.#last)
    }
    if (first > this.#unknownTo) return first
    const greatest = this.#greatest(first, first + PER_MS)
    return greatest === undefined ? first : greatest + 1
  }
}
