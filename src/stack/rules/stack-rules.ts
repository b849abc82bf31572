// The rules of a stack, as data: what the configuration promises and watches, what is watched where it says nothing, and what
// whoever runs a gateway has to know. Pure; render.ts prints them, and a cluster wraps them in an object of its own.
import { EVALUATE_EVERY, toRuleGroups, type RuleFile, type RuleGroup } from '../../slo/rules.ts'
import type { StackInput } from '../stack.ts'
import { toAlertingRule, type SpecGroup } from './alert.ts'
import { createRuleContext, type RuleContext } from './context.ts'
import { toCovered } from './covered.ts'
import { toBackendGroup } from './groups/backends.ts'
import { toErrorGroup } from './groups/errors.ts'
import { toGpuGroup } from './groups/gpus.ts'
import { toLatencyGroup } from './groups/latency.ts'
import { toLossGroup } from './groups/losses.ts'
import { toMachineGroup } from './groups/machines.ts'
import { toModelGroup } from './groups/models.ts'
import { toMonitoringGroup, WATCHDOG_ALERT } from './groups/monitoring.ts'
import { toProcessGroup } from './groups/process.ts'
import { toQueueGroup } from './groups/queues.ts'
import { toStreamGroup } from './groups/streams.ts'
import { withRunbooks } from './runbooks.ts'

export { WATCHDOG_ALERT }

/**
 * A page hides the tickets that have the same value in one of these labels, one inhibition for each. It must ask that the label is
 * there (`slo=~".+"`): Alertmanager takes two missing labels for equal ones, and one page would hide every ticket.
 */
export const PAGE_HIDES_TICKET_BY: readonly string[] = ['slo', 'backend', 'symptom']

/** One file below rules/, without its ending. */
export interface StackRuleFile {
  readonly name: string
  readonly about: string
  readonly rules: RuleFile
  /** Whose situations are its tests; none where its rules are tested by the tape of the objectives. */
  readonly specs: readonly SpecGroup[]
}

/** What the configuration says nothing of, and what whoever runs a gateway has to know. */
function toOwnGroups(context: RuleContext): readonly SpecGroup[] {
  const covered = toCovered(context.configured)
  return [
    ...(covered.errors ? [] : [toErrorGroup(context)]),
    ...(covered.latency ? [] : [toLatencyGroup(context)]),
    toBackendGroup(context),
    toModelGroup(context),
    toQueueGroup(context),
    toStreamGroup(context),
    toProcessGroup(context),
    toLossGroup(context),
    toMachineGroup(context, covered.gauges),
    toGpuGroup(context, covered.gauges),
    toMonitoringGroup(context),
  ].filter(({ alerts }) => alerts.length > 0)
}

/** Every file that has rules; a cluster takes the groups of all of them. */
export function toStackRules(input: StackInput): readonly StackRuleFile[] {
  const context = createRuleContext(input)
  const { gateway, objectives, thresholds } = toRuleGroups(input.rules)
  const runbooks = { thresholds: input.rules.thresholds, template: input.config.alerting.links.runbook }
  const toFile = (
    { name, about }: Pick<StackRuleFile, 'name' | 'about'>,
    groups: readonly RuleGroup[],
    specs: readonly SpecGroup[],
  ): StackRuleFile => ({ name, about, rules: { groups: withRunbooks(groups, runbooks) }, specs })
  return [
    toFile({ name: 'weir-gateway', about: 'Whether there is a gateway at all.' }, gateway, []),
    toFile({ name: 'weir-objectives', about: ABOUT_OBJECTIVES }, objectives, []),
    toFile({ name: 'weir-thresholds', about: 'The rules of the configuration.' }, thresholds, []),
    ...toOwnGroups(context).map((spec) => toFile(spec, [toRuleGroup(spec, context)], [spec])),
  ].filter(({ rules }) => rules.groups.length > 0)
}

const ABOUT_OBJECTIVES =
  'What is promised: how much of each error budget is left, and who is told when it is spent too fast.'

function toRuleGroup({ name, records, alerts }: SpecGroup, { options }: RuleContext): RuleGroup {
  return {
    name,
    interval: EVALUATE_EVERY,
    rules: [...records, ...alerts.map((spec) => toAlertingRule(spec, options))],
  }
}
