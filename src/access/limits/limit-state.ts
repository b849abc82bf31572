// What is kept of limits while configurations come and go: the ledger, the slots that are held, the lengths of answers, the
// money that was spent. One a process.
import type { CancelTimer, Clock } from '../../core/clock.ts'
import type { LimitsLive } from '../../core/live.ts'
import type { Ids } from '../../core/ids.ts'
import { LEASE_MS, type Ledger, type Used } from './ledger/ledger.ts'
import { SharedLedger } from './shared-ledger.ts'
import { OutputLengths } from './output-lengths.ts'
import type { Reservation } from './reservation.ts'

export interface LimitStateOptions {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly ids: Ids
  /** Whether others count in the same ledger: then they must hear that our slots are still held. */
  readonly isShared: boolean
}

const LOCAL: LimitsLive = { state: 'local', unsettled: 0 }

/** Three chances before a lease runs out. */
const RENEW_AFTER_MS = LEASE_MS / 3
const RENEW_EVERY_MS = 1_000
/** Each asks the server something: thousands at once would make its answers late, and late answers count as failures. */
const MOST_RENEWED_AT_ONCE = 500

export class LimitState {
  readonly ledger: Ledger
  readonly lengths = new OutputLengths()
  readonly #clock: Clock
  readonly #process: string
  readonly #isShared: boolean
  readonly #held: Reservation[] = []
  readonly #stopRenewing: CancelTimer
  #count = 0

  constructor({ ledger, clock, ids, isShared }: LimitStateOptions) {
    this.ledger = ledger
    this.#clock = clock
    this.#isShared = isShared
    // Other processes count in the same place: a bare number would be somebody else's reservation.
    this.#process = isShared ? `${ids.requestId()}-` : ''
    this.#stopRenewing = isShared ? clock.every(RENEW_EVERY_MS, () => this.#renew()) : () => undefined
  }

  nextId(): string {
    this.#count += 1
    return this.#isShared ? this.#process + String(this.#count) : ''
  }

  wall(): number {
    return this.#clock.wall()
  }

  get live(): LimitsLive {
    const { ledger } = this
    if (!(ledger instanceof SharedLedger)) return LOCAL
    return { state: ledger.state === 'open' ? 'alone' : 'shared', unsettled: ledger.waiting }
  }

  hold(reservation: Reservation): void {
    if (!this.#isShared) return
    reservation.liveIndex = this.#held.length
    reservation.renewedMs = this.#clock.now()
    this.#held.push(reservation)
  }

  settle(reservation: Reservation, used: Used): void {
    this.#letGo(reservation)
    void this.ledger.settle(reservation.decision, used)
  }

  close(): void {
    this.#stopRenewing()
    this.ledger.close()
  }

  #letGo(reservation: Reservation): void {
    const { liveIndex } = reservation
    if (liveIndex === -1) return
    const last = this.#held.pop()
    if (last !== undefined && last !== reservation) {
      this.#held[liveIndex] = last
      last.liveIndex = liveIndex
    }
    reservation.liveIndex = -1
  }

  #renew(): void {
    const nowMs = this.#clock.now()
    let count = 0
    for (const reservation of this.#held) {
      if (nowMs - reservation.renewedMs < RENEW_AFTER_MS) continue
      reservation.renewedMs = nowMs
      void this.ledger.renew(reservation.decision)
      count += 1
      if (count === MOST_RENEWED_AT_ONCE) return
    }
  }
}
