// The clocks of every attempt and every slow reader, kept as numbers and compared by one ticker.
// A timer per clock and chunk would cost more than the rest of the relay: measured, timers were the first suspects at 5,000 streams.
import type { CancelTimer, Clock } from '../../core/clock.ts'
import { Roster, type Member } from '../roster.ts'

/** Something with at most one deadline at a time. */
export interface Expiring extends Member {
  /** On the monotonic clock; Infinity when nothing is waited for. */
  deadlineMs: number
  onDeadline(nowMs: number): void
  /** Whether it waits for this backend to have loaded this model. */
  awaits?(backend: string, model: string): boolean
}

/** How late a deadline may be noticed. Timeouts are configured in seconds; a twentieth of one is near enough. */
const TICK_MS = 50

/** A tick so much too late follows a stall of this process: what came from backends meanwhile is still to be read. */
const STALL_MS = 2 * TICK_MS

export class Deadlines {
  readonly #clock: Clock
  readonly #waiting = new Roster<Expiring>()
  #stop: CancelTimer | undefined
  #tickedMs = 0
  #hasStalled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(entry: Expiring): void {
    this.#waiting.add(entry)
    if (this.#stop !== undefined) return
    this.#tickedMs = this.#clock.now()
    this.#stop = this.#clock.every(TICK_MS, () => this.#tick())
  }

  remove(entry: Expiring): void {
    this.#waiting.delete(entry)
  }

  forEach(visit: (entry: Expiring) => void): void {
    this.#waiting.forEach(visit)
  }

  close(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  #tick(): void {
    if (this.#waiting.size === 0) {
      this.close()
      return
    }
    const nowMs = this.#clock.now()
    const lateMs = nowMs - this.#tickedMs - TICK_MS
    this.#tickedMs = nowMs
    // Once: in a process that is always late, what is overdue must end all the same.
    this.#hasStalled = lateMs >= STALL_MS && !this.#hasStalled
    if (this.#hasStalled) return
    this.#waiting.forEach((entry) => {
      if (entry.deadlineMs > nowMs) return
      entry.deadlineMs = Infinity
      entry.onDeadline(nowMs)
    })
  }
}
