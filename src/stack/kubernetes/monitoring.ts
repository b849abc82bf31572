// What the Prometheus operator and autoscalers are told: where metrics are, which rules hold, when there are too few gateways.
import { Buffer } from 'node:buffer'
import { parse, stringify } from 'yaml'
import { renderRules } from '../rules/render.ts'
import type { StackInput } from '../stack.ts'
import type { Manifesting } from './deployment.ts'
import { APP, NAMESPACE, SELECTOR, toMetadata } from './names.ts'

/** Requests in flight a pod works on comfortably; what a model server takes at once is the other limit. */
const IN_FLIGHT_PER_POD = 64
const IN_FLIGHT_METRIC = 'weir_inflight_requests'
/** Streams take minutes: whoever shrinks at once ends them. */
const SHRINK_AFTER_SECONDS = 600
const SCRAPE_EVERY = '15s'

export function toServiceMonitor({ input }: Manifesting) {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: toMetadata(),
    spec: {
      selector: { matchLabels: SELECTOR },
      endpoints: [
        {
          port: 'metrics',
          path: input.places.gatewayMetricsPath,
          interval: SCRAPE_EVERY,
          // The operator puts a label `endpoint` on every series, and ours says which route was called.
          honorLabels: true,
        },
      ],
    },
  }
}

/** The operator refuses a rule of more than half a mebibyte, and with it every change of that Prometheus; this leaves it room. */
const MOST_RULE_BYTES = 400 * 1_024

/** One, unless there are more objectives than fit: some forty. */
export function toPrometheusRules(input: StackInput) {
  const files = renderRules(input).filter(({ path }) => !path.endsWith('.test.yml'))
  const groups = files.flatMap(({ text }) => (parse(text) as { readonly groups: readonly unknown[] }).groups)
  return toShares(groups).map((share, at) => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: toMetadata(at === 0 ? APP : `${APP}-${at + 1}`),
    spec: { groups: share },
  }))
}

/** In their order, each share as large as it may be. */
function toShares(groups: readonly unknown[]): readonly (readonly unknown[])[] {
  const shares: unknown[][] = [[]]
  let size = 0
  for (const group of groups) {
    const bytes = Buffer.byteLength(stringify(group, { lineWidth: 0 }))
    if (size + bytes > MOST_RULE_BYTES && size > 0) {
      shares.push([])
      size = 0
    }
    shares.at(-1)?.push(group)
    size += bytes
  }
  return shares
}

export function toAutoscaler({ scale }: Manifesting) {
  const target = { type: 'AverageValue', averageValue: String(IN_FLIGHT_PER_POD) }
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: toMetadata(),
    spec: {
      scaleTargetRef: TARGET,
      minReplicas: scale.replicas,
      maxReplicas: scale.most,
      metrics: [{ type: 'Pods', pods: { metric: { name: IN_FLIGHT_METRIC }, target } }],
      behavior: BEHAVIOR,
    },
  }
}

const BEHAVIOR = { scaleDown: { stabilizationWindowSeconds: SHRINK_AFTER_SECONDS } } as const
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: APP } as const

export function toScaledObject({ input, scale }: Manifesting) {
  const query = `sum(${IN_FLIGHT_METRIC}{job="${input.places.job}",namespace="${NAMESPACE}"})`
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: toMetadata(),
    spec: {
      scaleTargetRef: TARGET,
      minReplicaCount: scale.replicas,
      maxReplicaCount: scale.most,
      // Its own cooldownPeriod is for the way from one to none only.
      advanced: { horizontalPodAutoscalerConfig: { behavior: BEHAVIOR } },
      triggers: [
        {
          type: 'prometheus',
          metricType: 'AverageValue',
          metadata: {
            serverAddress: input.places.prometheus,
            query,
            threshold: String(IN_FLIGHT_PER_POD),
          },
        },
      ],
    },
  }
}

/** What prometheus-adapter needs to know so that the autoscaler can ask for it. */
export const ADAPTER_RULE = `rules:
  - seriesQuery: '${IN_FLIGHT_METRIC}{namespace!="",pod!=""}'
    resources: { overrides: { namespace: { resource: namespace }, pod: { resource: pod } } }
    name: { matches: ${IN_FLIGHT_METRIC} }
    metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'`
