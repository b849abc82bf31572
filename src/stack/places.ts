// Under which address each component finds the others, by target. Only here does a port or a host name of a stack stand.
import type { ListenAddress } from '../config/fields.ts'
import type { Config } from '../config/resolve.ts'
import type { StackPlaces, StackTarget } from './stack.ts'

/** The jobs under which Prometheus scrapes. */
export const JOBS = {
  gateway: 'weir',
  /** Those that have metrics of their own. */
  backends: 'weir-backends',
  node: 'node',
  gpu: 'gpu',
  prometheus: 'prometheus',
  alertmanager: 'alertmanager',
} as const
export const GATEWAY_JOB = JOBS.gateway

/** Of the gateway in a cluster. */
export const NAMESPACE = 'weir'
/** Where the Prometheus operator and Grafana usually live. */
export const MONITORING_NAMESPACE = 'monitoring'

/** On the metrics listener of a gateway: what else there is to scrape. */
export const DISCOVERY_PATH = '/sd/prometheus'

/** Where files lie below the folder, for those that name each other. */
export const STACK_PATHS = {
  prometheus: 'prometheus/prometheus.yml',
  alertmanager: 'alertmanager/alertmanager.yml',
} as const

/** At the top of a file: that changes belong elsewhere, and are not lost where they are made all the same. */
export const MADE_BY = 'Written by weir stack init from weir.yaml; what is changed here by hand is kept.'

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
    target === 'files' ? `${LOOPBACK}:${port}` : `${service}:${port}`
  // The Prometheus operator makes a service of this name for what it runs.
  const operated = (service: string, port: number) =>
    at(target === 'kubernetes' ? `${service}-operated.${MONITORING_NAMESPACE}` : service, port)
  const { listen, path } = telemetry.metrics
  // A listener on a socket, or on any free port, has the usual one in a stack.
  const metricsPort = listen.kind === 'tcp' && listen.port !== 0 ? listen.port : USUAL_PORTS.metrics
  const gatewayMetrics =
    target === 'files' && listen.kind === 'tcp' ? toReachable(listen) : at('weir', metricsPort)
  // In a cluster, Alertmanager lives in a namespace of its own.
  const hooksHost = target === 'kubernetes' ? `weir.${NAMESPACE}.svc:${metricsPort}` : gatewayMetrics
  return {
    job: GATEWAY_JOB,
    gatewayMetrics,
    gatewayMetricsPath: path,
    gatewayHooks: `http://${hooksHost}`,
    prometheus: `http://${operated('prometheus', USUAL_PORTS.prometheus)}`,
    alertmanager: operated('alertmanager', USUAL_PORTS.alertmanager),
    grafana: `http://${at('grafana', USUAL_PORTS.grafana)}`,
    loki: `http://${at('loki', USUAL_PORTS.loki)}`,
    nodeExporter: at('node-exporter', USUAL_PORTS.nodeExporter),
    gpuExporter: at('gpu-exporter', USUAL_PORTS.gpuExporter),
  }
}

type TcpAddress = Extract<ListenAddress, { readonly kind: 'tcp' }>

const LOOPBACK = '127.0.0.1'
const EVERYWHERE: readonly string[] = ['', '0.0.0.0', '::']

/** A listener on every interface is reached on this machine by the loopback address. */
export function toReachable({ host = '', port }: Pick<TcpAddress, 'host' | 'port'>): string {
  if (EVERYWHERE.includes(host)) return `${LOOPBACK}:${port}`
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
