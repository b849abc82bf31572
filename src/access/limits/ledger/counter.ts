// What is kept of one rule in memory, and the arithmetic of it. The script in redis/ does the same sums in the same order,
// which is what makes the answers of both equal to the last digit.
import type { CalendarPeriod } from '../../../core/calendar.ts'
import { TOLERANCE } from './ledger.ts'
import type { Rule } from '../rule.ts'

export interface Lease {
  readonly counter: Counter
  expiresMs: number
  /** Its place among the leases of its counter; -1 when it is over. */
  at: number
}

export class Counter {
  readonly id: string
  /** Requests, tokens or micro-units. */
  used = 0
  /** When `used` was true; for a budget, when its period began. */
  atMs: number
  /** For a budget: when its period ends. */
  endMs = 0
  /** By the clock of leases: when it is as if nothing had ever been counted. Undefined for budgets. */
  idleAtMs: number | undefined = undefined
  touchedMs = 0
  /** Changed since it was last written down, and what stood there then; budgets only. */
  dirty = false
  written = 0
  /** Slots only. */
  leases: Lease[] | undefined = undefined
  /** No lease runs out before. */
  #firstExpiryMs = Infinity

  constructor(id: string, atMs: number) {
    this.id = id
    this.atMs = atMs
  }

  /**
   * What a bucket holds now: what was used trickles back. This is the generic cell rate algorithm in its leaky-bucket
   * form (ITU-T I.371), which keeps whole numbers whole while time stands still. A clock that went back counts as standing.
   */
  levelAt(perMs: number, nowMs: number): number {
    const elapsedMs = nowMs - this.atMs
    if (elapsedMs <= 0) return this.used
    const left = this.used - elapsedMs * perMs
    return left > 0 ? left : 0
  }

  /** Notes a bucket's level. A refusal notes nothing: the sums of both ledgers would part over roundings. */
  setLevel(used: number, nowMs: number): void {
    this.used = used
    this.atMs = nowMs
  }

  /** When the period of a budget began that counts now. One that has begun stays: a clock that went back gives no money back. */
  startAt(period: CalendarPeriod, wallMs: number): number {
    const startMs = wallMs >= period.endMs ? period.endMs : period.startMs
    return startMs > this.atMs ? startMs : this.atMs
  }

  /** What was spent in the period that began then. */
  spentSince(startMs: number): number {
    return startMs === this.atMs ? this.used : 0
  }

  /** Notes that money was spent. A refusal notes nothing, not even that another period has begun. */
  spend(micros: number, startMs: number, endMs: number): void {
    if (startMs !== this.atMs) this.written = 0
    this.used = this.spentSince(startMs) + micros
    this.atMs = startMs
    this.endMs = endMs
  }

  /** Lets time pass for slots: whoever did not renew is taken for dead. */
  expire(nowMs: number): void {
    const { leases } = this
    if (leases === undefined || nowMs < this.#firstExpiryMs) return
    this.#firstExpiryMs = Infinity
    for (let index = leases.length - 1; index >= 0; index -= 1) {
      const lease = leases[index]
      if (lease === undefined) continue
      if (lease.expiresMs <= nowMs) this.free(lease)
      else if (lease.expiresMs < this.#firstExpiryMs) this.#firstExpiryMs = lease.expiresMs
    }
  }

  lease(expiresMs: number): Lease {
    this.leases ??= []
    const lease = { counter: this, expiresMs, at: this.leases.length }
    this.leases.push(lease)
    if (expiresMs < this.#firstExpiryMs) this.#firstExpiryMs = expiresMs
    return lease
  }

  extend(lease: Lease, expiresMs: number): void {
    if (lease.at === -1) return
    lease.expiresMs = expiresMs
    // Earlier than before where the clock went back.
    if (expiresMs < this.#firstExpiryMs) this.#firstExpiryMs = expiresMs
  }

  /** Frees a lease that is still held. The last one takes its place. */
  free(lease: Lease): void {
    const { leases } = this
    if (leases === undefined || lease.at === -1) return
    const last = leases.pop()
    if (last !== undefined && last !== lease) {
      leases[lease.at] = last
      last.at = lease.at
    }
    lease.at = -1
  }
}

/** How long `amount` more must wait, in milliseconds; 0 when it may be used now. */
export function bucketWait(rule: Rule, used: number, amount: number): number {
  const over = used + amount - rule.capacity
  return amount === 0 || over <= TOLERANCE ? 0 : Math.max(1, wholeMs(over / rule.perMs))
}

/** Rounded up, but not for the sake of a rounding. */
export function wholeMs(ms: number): number {
  return ms > TOLERANCE ? Math.ceil(ms - TOLERANCE) : 0
}

export function remainingOf(capacity: number, used: number): number {
  const left = Math.floor(capacity - used + TOLERANCE)
  return left > 0 ? left : 0
}

/** When the period ends that began at `startMs`: this one or the next. */
export function endOf(period: CalendarPeriod, startMs: number): number {
  return startMs === period.startMs ? period.endMs : period.nextEndMs
}

/** Whether forgetting it would change no answer. */
export function isIdle(counter: Counter, { nowMs, wallMs }: { nowMs: number; wallMs: number }): boolean {
  if (counter.leases !== undefined) {
    counter.expire(nowMs)
    return counter.leases.length === 0
  }
  if (counter.idleAtMs !== undefined) return nowMs >= counter.idleAtMs
  return counter.endMs !== 0 && wallMs >= counter.endMs && !counter.dirty
}
