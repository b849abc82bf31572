// The gate in front of one backend: how many attempts may be under way, and who waits for one of them to end.
// It outlives the configuration that opened it, so that a reload neither forgets who is inside nor who waits. Per process.
import type { Principal } from '../../access/principal.ts'
import type { BackendSettings } from '../config.ts'
import { AutoLimit } from './auto-limit.ts'
import { FairQueue, type Place, type Share, type Waiting } from './fair-queue.ts'
import { Slot, type SlotIssuer, type SlotUse } from './slot.ts'

export type GateSettings = Pick<BackendSettings, 'concurrency' | 'queue'>
export type QueueSettings = BackendSettings['queue']

/** Whoever may wait at a gate. */
export interface Waiter extends Waiting {
  readonly principal: Principal | undefined
  /** Whether it would take a slot that is free here; one that would not has left the queue. */
  wants(gate: Gate): boolean
  accept(gate: Gate, slot: Slot): void
}

type Holder = Share<Waiter>

const NOBODY = 'anonymous'
const MS_PER_SECOND = 1_000

/** Weight of the latest in the mean of how long slots are held: the last twenty or so decide. */
const LATEST_RATIO = 0.1

export class Gate implements SlotIssuer<Holder> {
  readonly name: string
  inUse = 0
  /** Requests whose wait counts here. One that waits at several gates counts at one of them. */
  queued = 0
  readonly #queue = new FairQueue<Waiter>()
  #settings: GateSettings
  #auto: AutoLimit | undefined
  #meanHeldMs: number | undefined

  constructor(name: string, settings: GateSettings) {
    this.name = name
    this.#settings = settings
    this.#auto = settings.concurrency === 'auto' ? new AutoLimit() : undefined
  }

  /** Takes other settings over at once: who waits is let in as far as there is room now. */
  configure(settings: GateSettings): void {
    this.#settings = settings
    this.#auto = settings.concurrency === 'auto' ? (this.#auto ?? new AutoLimit()) : undefined
    this.#letIn()
  }

  get settings(): QueueSettings {
    return this.#settings.queue
  }

  get limit(): number {
    if (this.#auto !== undefined) return this.#auto.limit
    const { concurrency } = this.#settings
    return typeof concurrency === 'number' ? concurrency : Infinity
  }

  get hasRoomToWait(): boolean {
    return this.queued < this.#settings.queue.size
  }

  /** Slots that come free in a second, by how long they were held lately; undefined before the first was. */
  get slotsPerSecond(): number | undefined {
    if (this.#meanHeldMs === undefined) return undefined
    return (this.limit * MS_PER_SECOND) / Math.max(1, this.#meanHeldMs)
  }

  /** A slot, if one is free. Nobody is overtaken: while one is free, nobody waits. */
  tryTake(principal: Principal | undefined): Slot | undefined {
    return this.inUse < this.limit ? this.#take(principal) : undefined
  }

  join(waiter: Waiter): Place<Waiter> {
    return this.#queue.join(this.#shareOf(waiter.principal), waiter)
  }

  leave(place: Place<Waiter>): void {
    this.#queue.leave(place)
  }

  /** The rank of who waits here has changed. */
  rerank(place: Place<Waiter>): void {
    this.#queue.rerank(place)
  }

  /** From 1: how many slots must come free until it is the turn of this one. An estimate. */
  positionOf(place: Place<Waiter>): number {
    return this.#queue.aheadOf(place) + 1
  }

  takeBack(slot: Slot<Holder>, use: SlotUse | undefined): void {
    this.inUse -= 1
    this.#queue.noteGivenBack(slot.holder)
    if (use !== undefined) {
      this.#noteHeld(use.endedMs - use.startedMs)
      this.#auto?.learn(slot, use)
    }
    this.#letIn()
  }

  #letIn(): void {
    while (this.inUse < this.limit) {
      const next = this.#queue.first?.who
      if (next === undefined) return
      // Its time may be over, or the backend no good, without its having noticed: then it leaves, and the next one is asked.
      if (next.wants(this)) next.accept(this, this.#take(next.principal))
    }
  }

  #take(principal: Principal | undefined): Slot<Holder> {
    const share = this.#shareOf(principal)
    this.inUse += 1
    this.#queue.noteHeld(share)
    return new Slot(this, share, this.inUse)
  }

  #noteHeld(heldMs: number): void {
    const mean = this.#meanHeldMs
    this.#meanHeldMs = mean === undefined ? heldMs : mean + (heldMs - mean) * LATEST_RATIO
  }

  /** A tenant and a key without tenant that have the same name share their turn. */
  #shareOf(principal: Principal | undefined): Holder {
    const { fairBy } = this.#settings.queue
    let name: string | undefined
    if (fairBy === 'tenant') name = principal?.tenant ?? principal?.name
    else if (fairBy === 'key') name = principal?.name
    return this.#queue.share(name ?? NOBODY)
  }
}
