// THE LIST OF DASHBOARDS: which rows, in which order, for which configuration. How a row is drawn is its own business.
import type { Matcher } from '../../slo/promql.ts'
import {
  SOURCES,
  SOURCES_WITH_LOG,
  toBackendVariable,
  toChoices,
  toEndpointVariable,
  toModelVariable,
  toNodeVariable,
  toObjectiveVariable,
  toPlaceVariables,
  toServiceModelVariable,
  type Choices,
} from './choices.ts'
import type { Dashboard } from './dashboard.ts'
import { ALERTS } from '../foreign.ts'
import { toBackendRow } from './rows/backends.ts'
import { toLoadRow, toQueueRow } from './rows/capacity.ts'
import { toDetourRow } from './rows/detours.ts'
import { toEngineRow, toMemoryRow, toVllmRow } from './rows/engines.ts'
import { toDcgmRow, toNodeRow } from './rows/exporters.ts'
import { toGenerationRow } from './rows/generation.ts'
import { toGuardRows, type GuardMetrics } from './rows/guard.ts'
import { toLatencyRow } from './rows/latency.ts'
import { toGpuRow, toHostRow } from './rows/machines.ts'
import { toNowRow } from './rows/now.ts'
import { toOverheadRow, toPhaseRow } from './rows/phases.ts'
import { toProcessRow } from './rows/process.ts'
import { toBudgetRow, toObjectiveAsk, toPromiseRow } from './rows/promises.ts'
import { toPromptRow } from './rows/prompts.ts'
import { toErrorRow, toLogRow, toRequestRow } from './rows/requests.ts'
import { toTenantRow } from './rows/tenants.ts'
import { toResourcesRow, toTotalsRow, toTrendsRow } from './rows/service.ts'

/** What of a configuration shows in dashboards. */
export interface Shown {
  /** What tells this installation from others in the same Prometheus. */
  readonly installation: readonly Matcher[]
  readonly countsTenants: boolean
  readonly hasPrices: boolean
  readonly hasVllm: boolean
  /** Undefined while content is not checked. */
  readonly guard: GuardMetrics | undefined
}

export function toDashboards(shown: Shown): readonly Dashboard[] {
  const choices = toChoices(shown.installation)
  return [
    toGatewayDashboard(choices),
    toServiceDashboard(choices),
    toServiceLevelDashboard(choices, shown),
    ...(shown.guard === undefined ? [] : [toGuardDashboard(choices, shown.guard)]),
    toHostDashboard(choices, shown),
  ]
}

/** Pages and tickets; what else fires in the same Prometheus is not about this gateway. */
function toAlerts({ askInstallation }: Choices): string {
  return askInstallation.select(ALERTS, {
    alertstate: 'firing',
    severity: { matches: 'page|ticket' },
  })
}

function toGatewayDashboard(choices: Choices): Dashboard {
  const { ask, askInstallation } = choices
  return {
    name: 'gateway',
    title: 'Weir / Gateway',
    description:
      'Is it up, is it slow, what fails, and who is to blame: requests, latency, backends, the process, prompts, errors.',
    variables: [
      ...SOURCES_WITH_LOG,
      ...toPlaceVariables(choices),
      toModelVariable(choices),
      toBackendVariable(choices),
    ],
    alerts: toAlerts(choices),
    rows: [
      toNowRow(ask, askInstallation),
      toRequestRow(ask),
      toLatencyRow(ask),
      toBackendRow(ask),
      toProcessRow(ask),
      toPromptRow(ask),
      toErrorRow(ask),
      toLogRow(),
    ],
  }
}

function toServiceDashboard(choices: Choices): Dashboard {
  const { ask } = choices
  return {
    name: 'service',
    title: 'Weir / Service',
    description:
      'One service as its callers see it: totals, durations, resources. Also for your own services that count under the same names.',
    variables: [
      ...SOURCES,
      ...toPlaceVariables(choices, false),
      toEndpointVariable(choices),
      toServiceModelVariable(choices),
    ],
    alerts: toAlerts(choices),
    rows: [toTotalsRow(ask), toTrendsRow(ask), toResourcesRow(ask)],
  }
}

function toServiceLevelDashboard(choices: Choices, { countsTenants, hasPrices }: Shown): Dashboard {
  const { ask, installation } = choices
  const objectives = toObjectiveAsk(ask, installation)
  return {
    name: 'service-levels',
    title: 'Weir / Service levels',
    description: 'Are promises kept, what is left of the budgets, and what spends them.',
    variables: [
      ...SOURCES,
      ...toPlaceVariables(choices),
      toObjectiveVariable(choices),
      toModelVariable(choices),
      toBackendVariable(choices),
    ],
    alerts: toAlerts(choices),
    rows: [
      toPromiseRow(ask, objectives),
      toBudgetRow(ask, objectives),
      toPhaseRow(ask),
      toGenerationRow(ask),
      toQueueRow(ask),
      toLoadRow(ask),
      toDetourRow(ask),
      toOverheadRow(ask),
      ...(countsTenants ? [toTenantRow(ask, { hasPrices })] : []),
    ],
  }
}

function toGuardDashboard(choices: Choices, guard: GuardMetrics): Dashboard {
  const { ask } = choices
  return {
    name: 'guard',
    title: 'Weir / Guard',
    description: 'What is checked, what is found, and what it costs.',
    variables: [...SOURCES, ...toPlaceVariables(choices)],
    alerts: toAlerts(choices),
    rows: [...toGuardRows(ask, guard), toHostRow(ask), toGpuRow(ask)],
  }
}

function toHostDashboard(choices: Choices, { hasVllm }: Shown): Dashboard {
  const { ask, askAnywhere } = choices
  return {
    name: 'hosts',
    title: 'Weir / Hosts and GPUs',
    description: 'Machines, GPUs, models in memory, and what backends tell of themselves.',
    variables: [
      ...SOURCES,
      ...toPlaceVariables(choices),
      toModelVariable(choices),
      toBackendVariable(choices),
      toNodeVariable(choices),
    ],
    alerts: toAlerts(choices),
    rows: [
      toHostRow(ask),
      toGpuRow(ask),
      toMemoryRow(ask),
      toEngineRow(ask),
      toNodeRow(askAnywhere),
      toDcgmRow(askAnywhere),
      ...(hasVllm ? [toVllmRow(askAnywhere)] : []),
    ],
  }
}
