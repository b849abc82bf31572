// Prometheus rules from objectives and threshold rules, as data: whoever writes files prints it. The same conditions as the
// embedded engine's over the counters that every gateway exposes; test/agreement holds both to that.
import { toGatewayGroup } from './rules/gateway-rules.ts'
import { toObjectiveGroup } from './rules/objective-rules.ts'
import { toRuleTests } from './rules/rule-tests.ts'
import type { RuleFile, RuleGroup, RuleInput } from './rules/rule.ts'
import { toThresholdGroup, type LeftOut } from './rules/threshold-rules.ts'

export type { RuleInput }
export { toRuleTests }

export interface Rules {
  readonly file: RuleFile
  /** Threshold rules that have no PromQL. */
  readonly leftOut: readonly LeftOut[]
}

/** In the order of the configuration; the same input gives the same text. */
export function toRules({ objectives, thresholds, options }: RuleInput): Rules {
  const groups: RuleGroup[] = [toGatewayGroup(options)]
  const leftOut: LeftOut[] = []
  for (const objective of objectives) groups.push(toObjectiveGroup(objective, options))
  for (const threshold of thresholds) {
    const made = toThresholdGroup(threshold, options)
    if ('why' in made) leftOut.push(made)
    else groups.push(made)
  }
  return { file: { groups }, leftOut }
}
