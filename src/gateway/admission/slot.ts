// The right to one attempt at one backend: taken before the attempt starts, given back exactly once when it is over.
import type { WeirError } from '../../core/errors.ts'

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

/** Who gave the slot and takes it back. */
export interface SlotIssuer<Holder> {
  takeBack(slot: Slot<Holder>, use: SlotUse | undefined): void
}

export class Slot<Holder = unknown> {
  /** In whose name it is held: the issuer's own business. */
  readonly holder: Holder
  /** Slots in use when this one was taken, this one among them. */
  readonly company: number
  /** What the attempt is about: large models and long prompts are slow by themselves. */
  model = ''
  promptBytes = 0
  readonly #issuer: SlotIssuer<Holder>
  #isOver = false

  constructor(issuer: SlotIssuer<Holder>, holder: Holder, company: number) {
    this.#issuer = issuer
    this.holder = holder
    this.company = company
  }

  /** Harmless when repeated. Without a use, nothing was sent to the backend. */
  giveBack(use?: SlotUse): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#issuer.takeBack(this, use)
  }
}
