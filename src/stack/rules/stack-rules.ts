// The rules of a stack, as data: what the configuration promises and watches, what is watched where it says nothing, and what
// whoever runs a gateway has to know. Pure; render.ts prints them, and a cluster wraps them in an object of its own.
import { EVALUATE_EVERY, toRuleGroups, type RuleFile, type RuleGroup } from '../../slo/rules.ts'
import type { StackInput } from '../stack.ts'
import { toAlertingRule, type SpecGroup } from './alert.ts'
import { createRuleContext, type RuleContext } from './context.ts'
import { toCovered } from './covered.ts'
import { toBackendGroup } from './groups/backends.ts'
import { toErrorGroup } from './groups/errors.ts'
import { toLossGroup, toProcessGroup } from './groups/gateway.ts'
import { toGpuGroup } from './groups/gpus.ts'
import { toLatencyGroup } from './groups/latency.ts'
import { toMachineGroup } from './groups/machines.ts'
import { toModelGroup } from './groups/models.ts'
import { toMonitoringGroup, WATCHDOG_ALERT } from './groups/monitoring.ts'
import { toQueueGroup } from './groups/queues.ts'
import { toStreamGroup } from './groups/streams.ts'
import { withRunbooks } from './runbooks.ts'

export { WATCHDOG_ALERT }

/**
 * A page hides the tickets that have the same value in one of these labels, one inhibition for each. It must ask that the label is
 * there (`slo=~".+"`): Alertmanager takes two missing labels for equal ones, and one page would hide every ticket.
 */
export const PAGE_HIDES_TICKET_BY: readonly string[] = ['slo', 'backend', 'symptom']

export interface StackRules {
  /** Promises: burn rates and budgets. */
  readonly objectives: RuleFile
  /** Plain conditions: those of the configuration, and ours where it has none. */
  readonly thresholds: RuleFile
  /** The gateway, its backends, the machines, and the monitoring itself. */
  readonly operations: RuleFile
}

/** Ours, as groups of alerts with their situations: from these both rules and tests are made. */
export interface OwnGroups {
  readonly thresholds: readonly SpecGroup[]
  readonly operations: readonly SpecGroup[]
}

export function toOwnGroups(context: RuleContext): OwnGroups {
  const covered = toCovered(context.configured)
  return {
    thresholds: [
      ...(covered.errors ? [] : [toErrorGroup(context)]),
      ...(covered.latency ? [] : [toLatencyGroup(context)]),
    ],
    operations: [
      toBackendGroup(context),
      toModelGroup(context),
      toQueueGroup(context),
      toStreamGroup(context),
      toProcessGroup(context),
      toLossGroup(context),
      toMachineGroup(context, covered.gauges),
      toGpuGroup(context, covered.gauges),
      toMonitoringGroup(context),
    ].filter(({ alerts }) => alerts.length > 0),
  }
}

export function toStackRules(input: StackInput): StackRules {
  const context = createRuleContext(input)
  const own = toOwnGroups(context)
  const { gateway, objectives, thresholds } = toRuleGroups(input.rules)
  const toFile = (groups: readonly RuleGroup[], specs: readonly SpecGroup[]): RuleFile => ({
    groups: withRunbooks([...groups, ...specs.map((group) => toRuleGroup(group, context))], {
      thresholds: input.rules.thresholds,
      template: input.config.alerting.links.runbook,
    }),
  })
  return {
    objectives: toFile(objectives, []),
    thresholds: toFile(thresholds, own.thresholds),
    operations: toFile(gateway, own.operations),
  }
}

function toRuleGroup({ name, records, alerts }: SpecGroup, { options }: RuleContext): RuleGroup {
  return {
    name,
    interval: EVALUATE_EVERY,
    rules: [...records, ...alerts.map((spec) => toAlertingRule(spec, options))],
  }
}
