// The right to one attempt at one backend: taken before the attempt starts, given back exactly once when it is over.
import type { WeirError } from '../../core/errors.ts'
import type { Share } from './fair-queue.ts'
import type { Gate } from './gate.ts'
import type { Ticket } from './ticket.ts'

/** What an attempt tells the gate it came through. */
export interface SlotUse {
  readonly startedMs: number
  readonly endedMs: number
  readonly firstTokenMs: number | undefined
  /** Why it failed, if it did. */
  readonly error: WeirError | undefined
  /** What the backend answered with, if it came so far. */
  readonly status: number | undefined
  /** The model had to be loaded first: then its first token says nothing about slots. */
  readonly cold?: boolean
}

export class Slot {
  readonly gate: Gate
  readonly share: Share<Ticket>
  /** Slots in use when this one was taken, this one among them. */
  readonly company: number
  /** What the attempt is about: large models and long prompts are slow by themselves. */
  model = ''
  promptBytes = 0
  #isOver = false

  constructor(gate: Gate, share: Share<Ticket>, company: number) {
    this.gate = gate
    this.share = share
    this.company = company
  }

  /** Harmless when repeated. Without a use, nothing was sent to the backend. */
  giveBack(use?: SlotUse): void {
    if (this.#isOver) return
    this.#isOver = true
    this.gate.takeBack(this, use)
  }
}
