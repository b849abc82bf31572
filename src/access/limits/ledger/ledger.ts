// The port through which limits are counted: one question for several limits, all or nothing; one settlement for what was
// granted. What every implementation must do stands in test/contract/ledger-suite.ts.
import type { Rule } from '../rule.ts'

export interface Ask {
  /** Never used twice: a settlement finds what it belongs to by it. */
  readonly id: string
  readonly rules: readonly Rule[]
  /** What the request may come to: charged now, corrected when it is over. */
  readonly tokens: number
  /** Money, in millionths. */
  readonly micros: number
}

/** What the request really used. */
export interface Used {
  readonly tokens: number
  readonly micros: number
}

export interface Decision extends Ask {
  /** Place of the rule that refused in `rules`, the one with the longest wait; -1 when all of it was granted. */
  readonly refused: number
  /** When trying again makes sense; 0 when granted. */
  readonly retryAfterMs: number
  /** For each rule, what may still be used at once: never negative, also in debt. Undefined for one that was not asked. */
  readonly remaining: readonly number[]
  /** For each rule, how long until it is as if nothing had been used; for a budget, until its period ends; for slots, 0. */
  readonly resetMs: readonly number[]
}

export interface Ledger {
  /** Rejects only when it cannot be asked; then nothing is known of what was counted. */
  reserve(ask: Ask): Decision | Promise<Decision>
  /** Corrects what was granted to what was used, debt allowed, and frees the slots. Once: a second time changes nothing. */
  settle(decision: Decision, used: Used): void | Promise<void>
  /** Keeps slots that would otherwise be freed when their lease runs out. What was settled or has run out stays so. */
  renew(decision: Decision): void | Promise<void>
  close(): void
}

/** How long a slot is kept for somebody who does not say that it is still there: a killed process frees its slots after it. */
export const LEASE_MS = 60_000

/** When to ask again for a slot: nobody knows when one becomes free. */
export const SLOT_WAIT_MS = 1_000

/**
 * Refilled by time, counts are fractions; this much is forgiven, so that rounding never refuses the last one. Requests and
 * tokens are whole and micro-units too, so nobody gets more for it.
 */
export const TOLERANCE = 1e-6

/** What of the ask a rule counts; never more than all of it, so that the share of a limit does not refuse for ever. */
export function amountFor(rule: Rule, { tokens, micros }: Used): number {
  switch (rule.kind) {
    case 'requests':
    case 'concurrent':
      return 1
    case 'tokens':
      return tokens < rule.capacity ? tokens : rule.capacity
    case 'budget':
      return micros < rule.capacity ? micros : rule.capacity
  }
}
