// What is promised, as the program reads it. Made from the configuration in resolve.ts; types only.

export type Indicator =
  | { readonly kind: 'availability' }
  /** Good: successful and within the threshold. */
  | {
      readonly kind: 'duration' | 'firstToken' | 'perToken' | 'interToken' | 'guard'
      readonly thresholdMs: number
    }

/** Every condition that is given must hold; `*` stands for any run of characters. */
export interface Scope {
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

/** One pair of windows of a burn-rate alert: both must burn faster than the factor. */
export interface BurnPair {
  readonly severity: 'page' | 'ticket'
  readonly longMinutes: number
  readonly shortMinutes: number
  readonly factor: number
}

export interface Objective {
  readonly name: string
  readonly scope: Scope
  readonly indicator: Indicator
  /** 0 to 1, exclusive: 0.995. */
  readonly targetRatio: number
  readonly window: ObjectiveWindow
  /** Fewer events than this in the long window raise no alert. */
  readonly minEvents: number
  readonly excludeCold: boolean
  readonly burns: readonly BurnPair[]
  /** Minutes without any event after which that is an alert of its own; undefined: never. */
  readonly noDataMinutes: number | undefined
  readonly runbook: string | undefined
}
