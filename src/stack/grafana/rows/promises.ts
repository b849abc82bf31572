// Rows about objectives: what is promised, kept, left, and how fast it is spent.
import { RECORDED } from '../../../slo/rules.ts'
import { toRange, toSelector, type Matcher } from '../../../slo/promql.ts'
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { bars, lines } from '../graphs.ts'
import { table } from '../grids.ts'
import type { Query, Step } from '../panel.ts'
import { SHOWN_WINDOW, type Ask } from '../query.ts'

const CHOSEN = { slo: '$slo' } as const
const HOUR_MINUTES = 60
/** Windows that rules record for every objective: soon, an hour, six, three days. */
const BURN_MINUTES = [5, HOUR_MINUTES, 6 * HOUR_MINUTES, 72 * HOUR_MINUTES] as const

const BUDGET_STEPS: readonly Step[] = [
  { from: null, color: 'red' },
  { from: 0, color: 'orange' },
  { from: 0.25, color: 'green' },
]
const BURN_STEPS: readonly Step[] = [
  { from: null, color: 'green' },
  { from: 1, color: 'orange' },
  { from: 6, color: 'red' },
]

/** Questions about objectives: what Prometheus recorded, and where no rules are loaded, what a gateway that evaluates says. */
export interface ObjectiveAsk {
  /** Share of events that are to be good. */
  readonly promised: string
  readonly budgetLeft: string
  readonly burn: (minutes: number) => string
}

/** `installation` is what tells the recorded series of one installation from another's. */
export function toObjectiveAsk(ask: Ask, installation: readonly Matcher[]): ObjectiveAsk {
  const chosen: readonly Matcher[] = [{ label: 'slo', operator: '=~', value: '$slo' }, ...installation]
  const bySlo = { where: CHOSEN, by: ['slo'] } as const
  const promised = ask.gauge('max', CATALOGUE.sloObjective, bySlo)
  const budget = toSelector(RECORDED.budgetRemaining, chosen)
  return {
    promised,
    budgetLeft: `(max by (slo) (${budget}) or ${ask.gauge('min', CATALOGUE.sloBudgetRemaining, bySlo)})`,
    burn(minutes) {
      const range = toRange(minutes)
      const bad = toSelector(RECORDED.badRatio + range, chosen)
      const told = ask.gauge('max', CATALOGUE.sloBurnRate, {
        where: { ...CHOSEN, window: range },
        by: ['slo'],
      })
      return `(max by (slo) (${bad}) / (1 - ${promised}) or ${told})`
    },
  }
}

export function toPromiseRow(ask: Ask, { promised, budgetLeft, burn }: ObjectiveAsk): Row {
  const events = ask.increase(CATALOGUE.sloEvents, { where: CHOSEN, by: ['slo'], over: SHOWN_WINDOW })
  return {
    title: 'Promises',
    panels: [
      table({
        title: 'Objectives',
        description:
          'What is promised and what was attained, each over the window of its own objective; what is left of the budget (below 0 the promise is broken); how fast it is spent now; and how many events were counted in the time that is shown.',
        queries: [
          { expr: promised },
          { expr: `1 - (1 - ${promised}) * (1 - ${budgetLeft})` },
          { expr: budgetLeft },
          { expr: burn(HOUR_MINUTES) },
          { expr: events },
        ],
        unit: 'percentunit',
        decimals: 2,
        width: 16,
        columns: [
          { field: 'slo', name: 'Objective' },
          { field: 'Value #A', name: 'Promised' },
          { field: 'Value #B', name: 'Attained' },
          { field: 'Value #C', name: 'Budget left', steps: BUDGET_STEPS },
          { field: 'Value #D', name: 'Burn rate, 1 h', unit: 'suffix:x', steps: BURN_STEPS },
          { field: 'Value #E', name: 'Events', unit: 'short' },
        ],
      }),
      bars({
        title: 'Budget left',
        description:
          'Of the error budget of each objective, over its own window. Empty: everything that may go wrong has gone wrong.',
        queries: [{ expr: budgetLeft, legend: '{{slo}}', isInstant: true }],
        unit: 'percentunit',
        max: 1,
        steps: BUDGET_STEPS,
      }),
    ],
  }
}

export function toBudgetRow(ask: Ask, { budgetLeft, burn }: ObjectiveAsk): Row {
  const bySlo = { where: CHOSEN, by: ['slo'] } as const
  const events = ask.rate(CATALOGUE.sloEvents, bySlo)
  const good = ask.rate(CATALOGUE.sloGood, bySlo)
  const burns: readonly Query[] = BURN_MINUTES.map((minutes) => ({
    expr: burn(minutes),
    legend: `{{slo}} over ${toRange(minutes)}`,
  }))
  return {
    title: 'Budget',
    panels: [
      lines({
        title: 'Budget left',
        description:
          'How it went down. A step is an incident; a slope is something that always fails a little. It comes back when bad hours leave the window.',
        queries: [{ expr: budgetLeft, legend: '{{slo}}' }],
        unit: 'percentunit',
        max: 1,
        steps: BUDGET_STEPS,
        showSteps: true,
        isSigned: true,
      }),
      lines({
        title: 'Burn rate',
        description:
          '1 spends the budget in exactly the window of the objective. A page needs a long and a short window that both burn fast: the long one says that it matters, the short one that it still goes on.',
        queries: burns,
        unit: 'suffix:x',
        steps: [
          { from: null, color: 'green' },
          { from: 1, color: 'orange' },
        ],
        showSteps: true,
      }),
      lines({
        title: 'Bad events',
        description:
          'Events each second that broke the promise: failed, or slower than the threshold. What is out of the count of the objective is not in it.',
        queries: [{ expr: `${events} - ${good}`, legend: '{{slo}}' }],
        unit: 'reqps',
      }),
    ],
  }
}
