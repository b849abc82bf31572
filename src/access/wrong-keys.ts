// How many wrong keys each address has sent lately. It only counts; what is refused for it is decided in admit.ts.
// Per process: behind several gateways an address has its allowance at each of them.
import type { Clock } from '../core/clock.ts'
import { toSite } from '../core/network.ts'

const MINUTE_MS = 60_000
const MS_PER_SECOND = 1_000

/** Twice as many addresses are remembered at most: the newer half, and the one before it. */
const HALF = 5_000

export class WrongKeys {
  readonly #clock: Clock
  /** By site: when its allowance would be whole again, on the monotonic clock (the one number of GCRA). */
  #newer = new Map<string, number>()
  #older = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get remembered(): number {
    return this.#newer.size + this.#older.size
  }

  /** Counts one more. Returns in how many seconds the next may come, once the allowance of the minute is used up. */
  note(address: string | undefined, perMinute: number): number | undefined {
    const site = address === undefined ? 'unknown' : toSite(address)
    const nowMs = this.#clock.now()
    const wholeAtMs = Math.max(nowMs, this.#newer.get(site) ?? this.#older.get(site) ?? 0)
    const nextMs = wholeAtMs + MINUTE_MS / perMinute
    const overMs = nextMs - nowMs - MINUTE_MS
    // What is refused does not count again: else a script that never stops would keep its whole office out.
    const isOver = overMs > 0
    this.#remember(site, isOver ? wholeAtMs : nextMs)
    return isOver ? Math.ceil(overMs / MS_PER_SECOND) : undefined
  }

  /** Half of the addresses is forgotten at once, so that nothing is ever taken out of a table one by one. */
  #remember(site: string, wholeAtMs: number): void {
    if (this.#newer.size >= HALF && !this.#newer.has(site)) {
      this.#older = this.#newer
      this.#newer = new Map()
    }
    this.#newer.set(site, wholeAtMs)
  }
}
