// A plain condition that somebody is told of: not a promise, has no budget. As the program reads it; types only.
import type { Severity } from '../core/alert.ts'
import type { Counted } from './objective.ts'
import type { GAUGES } from './thresholds/config.ts'

/** What can be read of this machine at any moment. Ratios are 0 to 1. */
export type GaugeName = (typeof GAUGES)[number]

interface RuleBase {
  readonly name: string
  /** UpperCamelCase, as rule names of Prometheus are. */
  readonly alert: string
  readonly severity: Severity
  /** How long the condition must hold without a break. */
  readonly forMs: number
  readonly description: string | undefined
  readonly runbook: string | undefined
}

/**
 * More than `limitRatio` of the requests of the last minutes were bad. "P95 of the duration over 3 s" is "more than 5 % of the
 * requests took longer than 3 s": the same condition, exact, and it adds up over gateways.
 */
export interface RequestRule extends RuleBase {
  readonly kind: 'requests'
  readonly counted: Counted
  readonly limitRatio: number
  readonly overMinutes: number
  readonly minEvents: number
  readonly minBadEvents: number
  /** What is compared, in words: `requests slower than 3s (p95 of duration)`. */
  readonly measure: string
}

export interface BackendRule extends RuleBase {
  readonly kind: 'backend-down'
  /** `*` stands for any run of characters. */
  readonly backend: string
}

/** The mean of a gauge over the last while is above a limit. */
export interface GaugeRule extends RuleBase {
  readonly kind: 'gauge'
  readonly gauge: GaugeName
  readonly above: number
  readonly overMs: number
}

export type ThresholdRule = RequestRule | BackendRule | GaugeRule
