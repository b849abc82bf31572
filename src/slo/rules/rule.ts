// What a file of Prometheus rules is made of and made from. It makes none.
import type { Objective } from '../objective.ts'
import type { ThresholdRule } from '../threshold-rule.ts'

/** Every evaluation asks a minute more than the last one: more often would tell little, less often tells people late. */
export const EVALUATE_EVERY = '1m'

export interface RecordingRule {
  readonly record: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
}

export interface AlertingRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export type Rule = RecordingRule | AlertingRule

/** Rules of a group are evaluated one after the other, at the same instant: the later ones see what the earlier recorded. */
export interface RuleGroup {
  readonly name: string
  readonly interval: string
  readonly rules: readonly Rule[]
}

/** As it stands in the file. */
export interface RuleFile {
  readonly groups: readonly RuleGroup[]
}

/** What objectives do not know of the place where the rules will run. */
export interface RuleOptions {
  /** The job under which Prometheus scrapes the gateways; `up` has no other label to know them by. */
  readonly job: string
  /** Put on every alert, for the routes of an Alertmanager: `{ team: 'platform' }`. */
  readonly labels: Readonly<Record<string, string>>
  /** Where several installations are scraped by one Prometheus: what tells this one apart, `{ env: 'prod' }`. */
  readonly matchers: Readonly<Record<string, string>>
}

export interface RuleInput {
  readonly objectives: readonly Objective[]
  readonly thresholds: readonly ThresholdRule[]
  readonly options: RuleOptions
}

export function isAlertingRule(rule: Rule): rule is AlertingRule {
  return 'alert' in rule
}
