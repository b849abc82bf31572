// Prometheus rules from objectives and threshold rules, as data: whoever writes files prints it. The same conditions as the
// embedded engine's over the counters that every gateway exposes; test/agreement holds both to that.
import { toLiteral } from './rules/annotations.ts'
import { toGatewayGroup } from './rules/gateway-rules.ts'
import { BURN_ALERT, EXHAUSTED_ALERT, toObjectiveGroup } from './rules/objective-rules.ts'
import { RECORDED, toMatchers } from './rules/recorded.ts'
import { toRuleTests, type RuleTest, type RuleTestFile } from './rules/rule-tests.ts'
import {
  EVALUATE_EVERY,
  isAlertingRule,
  type AlertingRule,
  type RecordingRule,
  type Rule,
  type RuleFile,
  type RuleGroup,
  type RuleInput,
  type RuleOptions,
} from './rules/rule.ts'
import type { ExpressionTest, InputSeries } from './rules/test-parts.ts'
import { toThresholdGroup } from './rules/threshold-rules.ts'

export type { ExpressionTest, InputSeries, RuleTest, RuleTestFile }
export type { AlertingRule, RecordingRule, Rule, RuleFile, RuleGroup, RuleInput, RuleOptions }
export { EVALUATE_EVERY, isAlertingRule, toRuleTests }
// For who writes rules and questions beside these in the same words.
export { BURN_ALERT, EXHAUSTED_ALERT, RECORDED, toLiteral, toMatchers }

/** One list for each subject; of objectives and threshold rules one group each, in the order of the configuration. */
export interface RuleGroups {
  readonly gateway: readonly RuleGroup[]
  readonly objectives: readonly RuleGroup[]
  readonly thresholds: readonly RuleGroup[]
}

export interface Rules {
  readonly file: RuleFile
}

export function toRuleGroups({ objectives, thresholds, options }: RuleInput): RuleGroups {
  return {
    gateway: [toGatewayGroup(options)],
    objectives: objectives.map((objective) => toObjectiveGroup(objective, options)),
    thresholds: thresholds.map((threshold) => toThresholdGroup(threshold, options)),
  }
}

/** All in one file; the same input gives the same text. */
export function toRules(input: RuleInput): Rules {
  const { gateway, objectives, thresholds } = toRuleGroups(input)
  return { file: { groups: [...gateway, ...objectives, ...thresholds] } }
}
