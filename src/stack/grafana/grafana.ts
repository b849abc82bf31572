// The part of a stack that Grafana reads: data sources, where dashboards lie, and the dashboards. Pure.
import { toMatchers } from '../../slo/rules.ts'
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import type { RenderPart, StackFile, StackInput } from '../stack.ts'
import { toModel } from './dashboard.ts'
import { toDashboards, type Shown } from './dashboards.ts'
import { hasTraces, toDashboardProvider, toDataSources } from './provision.ts'
import type { GuardMetrics } from './rows/guard.ts'
import type { Metric } from '../foreign.ts'

const FOLDER = 'grafana'
const JSON_INDENT = 2

export const renderGrafana: RenderPart = (input) => [
  // In a cluster, where to ask is known to whoever installed Grafana there; it is given dashboards only.
  ...(input.target === 'kubernetes' ? [] : toProvisioning(input)),
  ...toDashboards(toShown(input)).map((dashboard): StackFile => ({
    path: `${FOLDER}/dashboards/${dashboard.name}.json`,
    text: `${JSON.stringify(toModel(dashboard), null, JSON_INDENT)}\n`,
  })),
]

function toProvisioning({ places, config }: StackInput): readonly StackFile[] {
  return [
    {
      path: `${FOLDER}/provisioning/datasources/weir.yaml`,
      text: toDataSources({ places, isTraced: hasTraces(config) }),
    },
    { path: `${FOLDER}/provisioning/dashboards/weir.yaml`, text: toDashboardProvider() },
  ]
}

function toShown({ config, rules }: StackInput): Shown {
  const { backends, models } = config.gateway
  return {
    installation: toMatchers(rules.options.matchers),
    countsTenants: config.telemetry.metrics.tenants,
    hasPrices: models.some(({ price }) => price !== undefined),
    hasVllm: backends.some(({ kind }) => kind === 'vllm'),
    guard: toGuardMetrics(CATALOGUE),
  }
}

/** By the keys of the catalogue; undefined in a version that has no such metrics. */
export function toGuardMetrics(catalogue: Readonly<Record<string, Metric>>): GuardMetrics | undefined {
  const { guardChecks: checks, guardSeconds: seconds } = catalogue
  if (checks === undefined || seconds === undefined) return undefined
  return { checks, seconds } as GuardMetrics
}
