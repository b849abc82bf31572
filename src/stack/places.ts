// Under which address each component finds the others, by target. Only here does a port or a host name of a stack stand.
import type { Config } from '../config/resolve.ts'
import type { StackPlaces, StackTarget } from './stack.ts'

export const GATEWAY_JOB = 'weir'

/** The ports under which these programs listen when nobody says otherwise. */
export const USUAL_PORTS = {
  metrics: 9464,
  prometheus: 9090,
  alertmanager: 9093,
  grafana: 3000,
  loki: 3100,
  nodeExporter: 9100,
  gpuExporter: 9400,
} as const

/** What the shipper of the log puts on the gateway's lines, and dashboards find them by. */
export const LOG_LABELS = { service_name: 'weir' } as const

/** In compose and a cluster, components are known by the names of their services; else all run on one machine. */
export function toPlaces(target: StackTarget, { telemetry }: Config): StackPlaces {
  const at = (service: string, port: number) =>
    target === 'files' ? `127.0.0.1:${port}` : `${service}:${port}`
  const { listen, path } = telemetry.metrics
  const metricsPort = 'port' in listen ? listen.port : USUAL_PORTS.metrics
  const gatewayMetrics = at('weir', metricsPort)
  return {
    job: GATEWAY_JOB,
    gatewayMetrics,
    gatewayMetricsPath: path,
    gatewayHooks: `http://${gatewayMetrics}`,
    prometheus: `http://${at('prometheus', USUAL_PORTS.prometheus)}`,
    alertmanager: at('alertmanager', USUAL_PORTS.alertmanager),
    grafana: `http://${at('grafana', USUAL_PORTS.grafana)}`,
    loki: `http://${at('loki', USUAL_PORTS.loki)}`,
    nodeExporter: at('node-exporter', USUAL_PORTS.nodeExporter),
    gpuExporter: at('gpu-exporter', USUAL_PORTS.gpuExporter),
  }
}
