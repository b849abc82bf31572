// The metrics of objectives: what is promised, what was counted, and what that means. Data only.
import type { CounterDefinition, GaugeDefinition } from './definition.ts'

export const SERVICE_LEVEL_METRICS = {
  sloObjective: {
    name: 'weir_slo_objective_ratio',
    type: 'gauge',
    help: 'What is promised: the share of events that are to be good, 0 to 1.',
    labels: ['slo'],
    unit: 'ratio',
    since: '0.1.0',
  },
  sloBudgetRemaining: {
    name: 'weir_slo_error_budget_remaining_ratio',
    type: 'gauge',
    help: 'What is left of the error budget of the window of the objective: 1 is untouched, below 0 more than all is spent. Over all gateways that share a store; absent on one that does not lead, and while it is not known.',
    labels: ['slo'],
    unit: 'ratio',
    since: '0.1.0',
  },
  sloBurnRate: {
    name: 'weir_slo_burn_rate',
    type: 'gauge',
    help: 'How fast the error budget is spent: 1 spends it in exactly the window of the objective. Over all gateways that share a store; absent where nothing was counted, and as for the budget.',
    labels: ['slo', 'window'],
    unit: 'ratio',
    since: '0.1.0',
  },
  sloGood: {
    name: 'weir_slo_good_total',
    type: 'counter',
    help: 'Good events of the objective in this process; of a threshold rule over requests under rule:NAME.',
    labels: ['slo'],
    unit: 'requests',
    since: '0.1.0',
  },
  sloEvents: {
    name: 'weir_slo_events_total',
    type: 'counter',
    help: 'Good and bad events of the objective in this process, without what is out of its count; of a threshold rule over requests under rule:NAME.',
    labels: ['slo'],
    unit: 'requests',
    since: '0.1.0',
  },
} as const satisfies Record<string, CounterDefinition | GaugeDefinition>
