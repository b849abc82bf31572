// A condition that people should hear of, as facts: who finds it (service levels, health) and who tells it (alerting) share
// only this. Types only; the sentences are alerting's.

export type Severity = 'page' | 'ticket'

/** The share of a breached objective's excess that one slice of the traffic carries; undefined: all of them, or several. */
export interface BlamedSlice {
  /** A phase of the record, `length` for answers that were long at the usual speed; of lost availability, an error code. */
  readonly phase: string
  readonly backend: string | undefined
  readonly model: string | undefined
  /** Band of prompt sizes, e.g. `4k-16k tokens`. */
  readonly band: string | undefined
  /** Of lost availability only. */
  readonly tenant?: string | undefined
  /** 0 to 1; over all slices of an attribution they add up to 1. */
  readonly shareRatio: number
  /** Of a queue: how many times slower than usual its backend generates. Undefined where it is as fast as usual, or nobody knows. */
  readonly slowdown?: number | undefined
}

/** What is looked at: an indicator, with the threshold of an event, or a gauge. For who says it in a language of their own. */
export interface AboutFacts {
  readonly kind: string
  readonly thresholdMs: number | undefined
}

/** A backend that does not answer, and what it is asked for when it does. */
export interface BackendOut {
  readonly backend: string
  readonly models: readonly string[]
}

export interface ObjectiveFacts {
  readonly objective: string
  /** What is promised, in words of the configuration: `95 % of first tokens within 2s`. */
  readonly promise: string
  readonly about?: AboutFacts | undefined
  /** 0 to 1. */
  readonly targetRatio: number
  /** 0 to 1 over the objective's own window; undefined where nothing was counted. */
  readonly attainedRatio: number | undefined
  readonly windowText: string
  /** 1 is an untouched budget, below 0 more than all is spent. */
  readonly budgetRemainingRatio: number | undefined
  /** At the rate of the long window of the alert; undefined when the budget is spent or is not being spent. */
  readonly exhaustedInMs: number | undefined
  /** Largest first; empty when it is not known. */
  readonly blamed: readonly BlamedSlice[]
  /** Backends that its requests may want and that do not answer now. */
  readonly down?: readonly BackendOut[] | undefined
}

/** How fast a budget goes that is spent: a long window says so for hours after it has ended, a short one whether it goes on. */
export interface Spending {
  /** How many times as fast as allowed, over the long window of the fastest pair that burns. */
  readonly burnRate: number
  readonly longWindow: string
  /** The same over the shortest window there is; undefined where nothing was counted in it. */
  readonly recentBurnRate: number | undefined
  readonly recentWindow: string
}

export type AlertFacts =
  | {
      readonly kind: 'burn'
      readonly slo: ObjectiveFacts
      readonly longWindow: string
      readonly shortWindow: string
      readonly burnRate: number
      readonly factor: number
      readonly badEvents: number
      readonly events: number
      /** The pair with the shortest windows of this severity does not burn, or not any more: only a slower one does. */
      readonly isEasing?: boolean | undefined
      /** No pair that burns has seen all of its long window yet: what little there is weighs too much. */
      readonly isPartial?: boolean | undefined
    }
  | {
      readonly kind: 'exhausted'
      readonly slo: ObjectiveFacts
      /** Undefined where no pair of windows burns. */
      readonly spending?: Spending | undefined
    }
  | { readonly kind: 'no-data'; readonly slo: ObjectiveFacts; readonly sinceMs: number }
  | {
      readonly kind: 'threshold'
      readonly rule: string
      /** What was compared, e.g. `p95 of duration`. */
      readonly measure: string
      readonly about?: AboutFacts | undefined
      readonly value: number
      readonly threshold: number
      readonly unit: 'seconds' | 'ratio' | 'bytes' | 'count'
      readonly forMs: number
    }
  | ({ readonly kind: 'backend-down'; readonly reason: string } & BackendOut)
  | { readonly kind: 'gateway-down' }
  | { readonly kind: 'watchdog'; readonly broken: string; readonly reason?: string | undefined }

/** One condition that holds now. Two with the same name and labels are the same alert. */
export interface Alert {
  /** UpperCamelCase, as rule names of Prometheus are: the same condition has the same name there. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly severity: Severity
  /** Wall clock, milliseconds since the epoch. */
  readonly startedAtMs: number
  readonly facts: AlertFacts
}
