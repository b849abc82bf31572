// THE METRIC CATALOGUE: every metric that this gateway exposes, once. Dashboards, rules, reference pages and tests read
// it, and a metric's name stands as a literal nowhere else. Data only.
import { ALERT_METRICS } from './catalogue/alerts.ts'
import { BACKEND_METRICS } from './catalogue/backends.ts'
import { LIVE_METRICS, LOSS_METRICS, PROCESS_METRICS } from './catalogue/gateway.ts'
import { COLLECTOR_METRICS, GPU_METRICS, HOST_METRICS } from './catalogue/hosts.ts'
import { LIBRARY_METRICS } from './catalogue/library.ts'
import { REQUEST_METRICS } from './catalogue/requests.ts'
import { SERVICE_LEVEL_METRICS } from './catalogue/service-levels.ts'
import type { MetricDefinition } from './catalogue/definition.ts'

export const CATALOGUE = {
  ...REQUEST_METRICS,
  ...LOSS_METRICS,
  ...LIVE_METRICS,
  ...BACKEND_METRICS,
  ...HOST_METRICS,
  ...GPU_METRICS,
  ...COLLECTOR_METRICS,
  ...PROCESS_METRICS,
  ...SERVICE_LEVEL_METRICS,
  ...ALERT_METRICS,
} as const satisfies Record<string, MetricDefinition>

export { LIBRARY_METRICS }

/** Every family name on a metrics page: ours, then the client library's. */
export function metricNames(): readonly string[] {
  return [...Object.values(CATALOGUE).map((definition) => definition.name), ...Object.keys(LIBRARY_METRICS)]
}

const SERIES_SUFFIXES = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
} as const

/** The names that PromQL may select: a histogram is three of them. */
export function seriesNames(): readonly string[] {
  const ours = Object.values(CATALOGUE).map(({ name, type }) => [name, type] as const)
  return [...ours, ...Object.entries(LIBRARY_METRICS)].flatMap(([name, type]) =>
    SERIES_SUFFIXES[type].map((suffix) => name + suffix),
  )
}
