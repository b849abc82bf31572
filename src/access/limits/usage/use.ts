// How much of a limit is used, as it is told to whoever only looks. Types alone.

export interface KnownUse {
  /** Requests, tokens, slots or micro-units; what refills by time is a fraction now and then. More than the capacity where a limit is in debt. */
  readonly used: number
  /** What may still be used at once: whole, never negative. */
  readonly left: number
  /** How long until it is as if nothing had been used; for a budget, until its period ends; for slots, 0. */
  readonly resetMs: number
}

/**
 * Why nobody can say: the gateway counts it in its own memory; no model has a price; no gateway has kept budgets here yet; the
 * file of budgets cannot be read; the shared state does not answer; the configuration that says where to look is broken.
 */
export type UnknownUse =
  'in_memory' | 'unpriced' | 'none_kept' | 'unreadable' | 'unreachable' | 'unconfigured'

export type RuleUse = KnownUse | { readonly unknown: UnknownUse }
