// What is promised, as the program reads it. Made from the configuration in resolve.ts; types only.
import type { Indicator } from './config.ts'
import type { BurnPair } from './windows/config.ts'

export type { BurnPair, Indicator }

/** Every condition that is given must hold; `*` stands for any run of characters. */
export interface Scope {
  /** As routed; of a request that a fallback answered, the model it was meant for. */
  readonly model: string | undefined
  /** The matched route, e.g. `/v1/chat/completions`. */
  readonly route: string | undefined
  readonly tenant: string | undefined
  readonly backend: string | undefined
}

export type ObjectiveWindow =
  | { readonly kind: 'rolling'; readonly days: number }
  /** From the first of the month, at midnight in the zone. */
  | { readonly kind: 'month'; readonly timeZone: string }

/** What is counted per minute: good events and events. Threshold rules over requests are counted the same way. */
export interface Counted {
  /** Unique; the name of the minute rows and the label of the counters. */
  readonly name: string
  readonly scope: Scope
  readonly indicator: Indicator
  readonly excludeCold: boolean
}

export interface Objective extends Counted {
  /** In the words of whoever wrote it; for messages. */
  readonly description: string | undefined
  /** 0 to 1, exclusive: 0.995. */
  readonly targetRatio: number
  /** 1 - target, without the noise of the subtraction: 0.005. Compare with it, never with another difference. */
  readonly budgetRatio: number
  readonly window: ObjectiveWindow
  /** Fewer events than this in the long window raise no alert; in the objective's own window, none of exhaustion. */
  readonly minEvents: number
  /** Fewer bad events than this raise none either: one failure in three requests at night is no outage. */
  readonly minBadEvents: number
  /** Factors are reachable: those that were not are rescaled already. */
  readonly burns: readonly BurnPair[]
  /** Minutes without any event after which that is an alert of its own; undefined: never. */
  readonly noDataMinutes: number | undefined
  readonly runbook: string | undefined
}
