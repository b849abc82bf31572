// What one running simulator is made of; every part gets it instead of globals.

import { Engine } from './engine.ts'
import { Ledger } from './ledger.ts'
import { Meters } from './meters.ts'
import type { SimulatorProfile } from './profile.ts'
import { changeProfile } from './profile-parse.ts'
import { createRandom, type Random } from './words.ts'

export class Site {
  profile: SimulatorProfile
  readonly engine: Engine
  readonly ledger: Ledger
  meters = new Meters()
  readonly startedAtMs = Date.now()
  /** Chance of the fault rules: the same seed and the same order of requests give the same faults. */
  random: Random
  /** Told after each change of the profile. */
  onConfigure: (() => void) | undefined
  #sequence = 0

  constructor(profile: SimulatorProfile) {
    this.profile = profile
    this.engine = new Engine(profile)
    this.ledger = new Ledger(profile.ledgerEntries)
    this.random = createRandom(profile.seed)
  }

  nextId(): string {
    this.#sequence++
    return `sim${this.#sequence.toString().padStart(8, '0')}`
  }

  /** Throws SimulatorProfileError and then changes nothing. */
  configure(change: unknown): void {
    const next = changeProfile(this.profile, change)
    if (next.seed !== this.profile.seed) this.random = createRandom(next.seed)
    this.profile = next
    this.engine.configure(next)
    this.ledger.resize(next.ledgerEntries)
    this.onConfigure?.()
  }

  /** As if just started: ledger, meters, chance. Requests in flight go on and are no longer counted. */
  reset(): void {
    this.ledger.reset()
    this.meters = new Meters()
    this.random = createRandom(this.profile.seed)
  }
}
