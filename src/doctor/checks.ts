// THE LIST OF QUESTIONS, in the order of the report within each group. A check stands behind those it needs.
import type { Check } from './check.ts'
import { alertLink } from './checks/alert-link.ts'
import { alertDelivery, alertmanager, alertRoutes, alertSilences } from './checks/alertmanager.ts'
import { backendClosed, backendSpeaks, backendVersion } from './checks/backend-kind.ts'
import { backendConnects, backendResolves, backendsNamed } from './checks/backend-reach.ts'
import { clock } from './checks/clock.ts'
import { dataFolder } from './checks/data-folder.ts'
import { disk } from './checks/disk.ts'
import { gateway, gatewayConfig, gatewayReady } from './checks/gateway.ts'
import { generate } from './checks/generate.ts'
import { grafana, grafanaDashboards, grafanaSource } from './checks/grafana.ts'
import { metrics, metricsClosed, metricsMove } from './checks/metrics.ts'
import { backendMemory, backendModels, modelsServed } from './checks/models.ts'
import { notifiers } from './checks/notifiers.ts'
import { ports } from './checks/ports.ts'
import { postgres } from './checks/postgres.ts'
import { prometheusMetrics, prometheusRetention, prometheusScrape } from './checks/prometheus-data.ts'
import { prometheusConfig, prometheusRules } from './checks/prometheus-rules.ts'
import { prometheus, prometheusTarget } from './checks/prometheus.ts'
import { proxyCallers } from './checks/proxy-callers.ts'
import { proxy, proxyCancels, proxyStreams } from './checks/proxy.ts'
import { redis } from './checks/redis.ts'

export const CHECKS: readonly Check[] = [
  ...[ports, gateway, dataFolder, disk],
  ...[backendsNamed, backendResolves, backendConnects, backendSpeaks, backendVersion, backendClosed],
  ...[backendModels, modelsServed, backendMemory, generate],
  ...[gatewayReady, metrics, metricsClosed, gatewayConfig, metricsMove],
  ...[redis, postgres],
  ...[
    prometheus,
    prometheusConfig,
    prometheusTarget,
    prometheusMetrics,
    prometheusScrape,
    prometheusRetention,
    prometheusRules,
  ],
  ...[alertmanager, alertRoutes, alertSilences, alertDelivery, alertLink, notifiers],
  ...[grafana, grafanaSource, grafanaDashboards],
  ...[proxy, proxyCallers, proxyStreams, proxyCancels],
  clock,
]
