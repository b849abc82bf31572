// One request that waits. It stands at the gates of every backend that may answer it and goes through the first that opens.
import type { Principal } from '../../access/principal.ts'
import type { Clock } from '../../core/clock.ts'
import { WeirError } from '../../core/errors.ts'
import type { Candidate } from '../routing/candidate.ts'
import type { Cancellable } from '../upstream/cancellable.ts'
import type { Deadlines, Expiring } from '../upstream/deadline.ts'
import { retryAfterSeconds, waitSeconds } from './estimate.ts'
import type { Place, Rank } from './fair-queue.ts'
import type { Gate, Waiter } from './gate.ts'
import type { Slot } from './slot.ts'

/** A backend that may answer, and the gate in front of it. */
export interface Door {
  readonly candidate: Candidate
  /** Undefined where nobody is counted: such a door is open. */
  readonly gate: Gate | undefined
}

export interface TicketInput {
  readonly principal: Principal | undefined
  readonly rank: Rank
  /** At whose gate the wait is counted. */
  readonly home: Gate
  readonly startedMs: number
  /** On the monotonic clock: later than this a slot is of no use. */
  readonly dueMs: number
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** Who may answer now: backends fail and come back while somebody waits. */
  readonly doors: () => readonly Door[]
}

/** How the wait ended well. */
export interface Admission {
  readonly candidate: Candidate
  readonly slot: Slot | undefined
}

/** How often a ticket looks whether other backends have become good enough, or its own are no longer. */
const LOOK_MS = 1_000

/** Whoever has waited for this share of its time is served as if it were of the next higher rank, so that nobody starves. */
const RISE_AT_RATIOS = [0.5, 0.75] as const

let tickets = 0

interface Standing {
  readonly door: Door
  readonly gate: Gate
  readonly place: Place<Waiter>
}

export class Ticket implements Waiter, Expiring, Cancellable {
  rank: Rank
  readonly dueMs: number
  readonly sequence: number
  readonly principal: Principal | undefined
  /** Its position when it came, from 1. */
  readonly entered: number
  /** Rejects with why it was turned away. */
  readonly admission: Promise<Admission>
  deadlineMs = Infinity
  rosterIndex = -1
  endedMs: number | undefined = undefined
  readonly #input: TicketInput
  #home: Gate
  #standings: Standing[] = []
  #risen = 0
  #resolve!: (admission: Admission) => void
  #reject!: (error: WeirError) => void

  constructor(input: TicketInput) {
    this.#input = input
    this.rank = input.rank
    this.dueMs = input.dueMs
    this.principal = input.principal
    this.sequence = tickets += 1
    this.#home = input.home
    this.#home.queued += 1
    this.admission = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    input.deadlines.add(this)
    this.#stand(input.doors())
    this.entered = this.position
    this.#wake(input.startedMs)
  }

  get home(): Gate {
    return this.#home
  }

  get waitedMs(): number {
    return (this.endedMs ?? this.#input.clock.now()) - this.#input.startedMs
  }

  /** From 1. */
  get position(): number {
    const own = this.#standings.find(({ gate }) => gate === this.#home) ?? this.#standings[0]
    return own === undefined ? 1 : own.gate.positionOf(own.place)
  }

  /** How long it will take yet; undefined where nothing is known. */
  get remainingSeconds(): number | undefined {
    return waitSeconds(
      this.position,
      this.#standings.map(({ gate }) => gate),
    )
  }

  /** A gate offers a slot that is free. False when it is not wanted; the ticket does not stand there any more then. */
  wants(gate: Gate): boolean {
    this.look()
    return this.#standings.some((standing) => standing.gate === gate)
  }

  /** Called by the gate that `wants` was asked for. */
  accept(gate: Gate, slot: Slot): void {
    const standing = this.#standings.find((each) => each.gate === gate)
    if (standing === undefined) slot.giveBack()
    else this.#admit({ candidate: standing.door.candidate, slot })
  }

  /** The caller left, or the gateway ends. */
  cancel(reason: WeirError): void {
    this.#turnAway(reason)
  }

  onDeadline(): void {
    this.look()
  }

  awaits(backend: string, model: string): boolean {
    return this.#standings.some(
      ({ door: { candidate } }) => candidate.backend === backend && candidate.target === model,
    )
  }

  /** Whether its time is over, who may answer it now, and whether it has waited long enough to be preferred. */
  look(): void {
    if (this.endedMs !== undefined) return
    const nowMs = this.#input.clock.now()
    if (nowMs >= this.dueMs) {
      const seconds = retryAfterSeconds(this.remainingSeconds)
      this.#turnAway(new WeirError('queue_timeout', { retryAfterSeconds: seconds }))
      return
    }
    this.#stand(this.#input.doors())
    this.#rise(nowMs)
    this.#wake(nowMs)
  }

  /** Goes through a door that is open, or takes a place at each. */
  #stand(doors: readonly Door[]): void {
    for (const standing of this.#standings) {
      if (!doors.some(({ gate }) => gate === standing.gate)) standing.gate.leave(standing.place)
    }
    this.#standings = this.#standings.filter(({ place }) => place.heapIndex !== -1)
    for (const door of doors) {
      const { gate, candidate } = door
      if (this.endedMs !== undefined) return
      if (gate === undefined) this.#admit({ candidate, slot: undefined })
      else if (this.#standings.every((standing) => standing.gate !== gate)) this.#standAt(door, gate)
    }
    this.#settleHome()
  }

  #standAt(door: Door, gate: Gate): void {
    const slot = gate.tryTake(this.principal)
    if (slot === undefined) this.#standings.push({ door, gate, place: gate.join(this) })
    else this.#admit({ candidate: door.candidate, slot })
  }

  /** It is counted where it waits. */
  #settleHome(): void {
    const [first] = this.#standings
    if (first === undefined || this.#standings.some(({ gate }) => gate === this.#home)) return
    this.#home.queued -= 1
    this.#home = first.gate
    this.#home.queued += 1
  }

  #rise(nowMs: number): void {
    const { startedMs } = this.#input
    const spentRatio = (nowMs - startedMs) / (this.dueMs - startedMs)
    for (const ratio of RISE_AT_RATIOS.slice(this.#risen)) {
      if (spentRatio < ratio) return
      this.#risen += 1
      if (this.rank === 0) continue
      this.rank = this.rank === 2 ? 1 : 0
      for (const { gate, place } of this.#standings) gate.rerank(place)
    }
  }

  #wake(nowMs: number): void {
    if (this.endedMs === undefined) this.deadlineMs = Math.min(this.dueMs, nowMs + LOOK_MS)
  }

  #admit(admission: Admission): void {
    if (this.#leave()) this.#resolve(admission)
    else admission.slot?.giveBack()
  }

  #turnAway(error: WeirError): void {
    if (this.#leave()) this.#reject(error)
  }

  /** False when it had left before. */
  #leave(): boolean {
    if (this.endedMs !== undefined) return false
    this.endedMs = this.#input.clock.now()
    this.#input.deadlines.remove(this)
    this.#home.queued -= 1
    for (const { gate, place } of this.#standings) gate.leave(place)
    this.#standings = []
    return true
  }
}
