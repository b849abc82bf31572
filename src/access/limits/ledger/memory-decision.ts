// An answer of the ledger in memory, with what it needs to settle it.
import type { Rule } from '../rule.ts'
import type { Counter, Lease } from './counter.ts'
import type { Ask, Decision } from './ledger.ts'

export class MemoryDecision implements Decision {
  readonly id: string
  readonly rules: readonly Rule[]
  readonly tokens: number
  readonly micros: number
  refused = -1
  retryAfterMs = 0
  readonly remaining: number[] = []
  readonly resetMs: number[] = []
  /** By rule: where it was counted. */
  readonly counters: Counter[] = []
  /** By rule: the lease of slots, and when the period of a budget began. */
  leases: (Lease | undefined)[] | undefined = undefined
  startsMs: (number | undefined)[] | undefined = undefined
  settled = false

  constructor({ id, rules, tokens, micros }: Ask) {
    this.id = id
    this.rules = rules
    this.tokens = tokens
    this.micros = micros
  }
}
