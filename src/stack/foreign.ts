// THE NAMES OF OTHERS: metrics that rules and dashboards ask for and this gateway does not expose, with where each is defined.
// Data only; what is ours stands in the catalogue.

/** What a question needs to know of a metric: those of the catalogue are such, and those of others are written down as such. */
export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly labels: readonly string[]
}

/** Added to every target: https://prometheus.io/docs/concepts/jobs_instances/ */
export const UP = 'up'

/** Every process of ours has them, by the Prometheus client library (src/telemetry/catalogue/library.ts). */
export const PROCESS = {
  startTime: 'process_start_time_seconds',
  openFiles: 'process_open_fds',
  mostFiles: 'process_max_fds',
} as const

/** What Prometheus says of its alerts: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/#inspecting-alerts-during-runtime */
export const ALERTS = {
  name: 'ALERTS',
  type: 'gauge',
  labels: ['alertname', 'alertstate', 'severity'],
} as const satisfies Metric

/** Of itself: https://github.com/prometheus/prometheus, rules/manager.go, notifier and cmd/prometheus. */
export const PROMETHEUS = {
  ruleFailures: {
    name: 'prometheus_rule_evaluation_failures_total',
    type: 'counter',
    labels: ['rule_group'],
  },
  notificationsDropped: { name: 'prometheus_notifications_dropped_total', type: 'counter', labels: [] },
  configReloaded: { name: 'prometheus_config_last_reload_successful', type: 'gauge', labels: [] },
} as const satisfies Record<string, Metric>

/** https://github.com/prometheus/alertmanager, notify/notify.go and cmd/alertmanager. */
export const ALERTMANAGER = {
  notificationsFailed: {
    name: 'alertmanager_notifications_failed_total',
    type: 'counter',
    labels: ['integration', 'reason'],
  },
  configReloaded: { name: 'alertmanager_config_last_reload_successful', type: 'gauge', labels: [] },
} as const satisfies Record<string, Metric>

/** https://github.com/prometheus/node_exporter, collectors that are on by default. */
export const NODE = {
  cpu: { name: 'node_cpu_seconds_total', type: 'counter', labels: ['cpu', 'mode'] },
  load: { name: 'node_load1', type: 'gauge', labels: [] },
  memoryAvailable: { name: 'node_memory_MemAvailable_bytes', type: 'gauge', labels: [] },
  memoryTotal: { name: 'node_memory_MemTotal_bytes', type: 'gauge', labels: [] },
  diskAvailable: {
    name: 'node_filesystem_avail_bytes',
    type: 'gauge',
    labels: ['device', 'fstype', 'mountpoint'],
  },
  diskSize: { name: 'node_filesystem_size_bytes', type: 'gauge', labels: ['device', 'fstype', 'mountpoint'] },
  diskBusy: { name: 'node_disk_io_time_seconds_total', type: 'counter', labels: ['device'] },
  received: { name: 'node_network_receive_bytes_total', type: 'counter', labels: ['device'] },
  sent: { name: 'node_network_transmit_bytes_total', type: 'counter', labels: ['device'] },
} as const satisfies Record<string, Metric>

const DCGM_LABELS = ['gpu', 'UUID', 'device', 'modelName', 'Hostname'] as const

/** https://github.com/NVIDIA/dcgm-exporter, etc/default-counters.csv. Memory is in MiB, utilisation in percent. */
export const DCGM = {
  utilization: { name: 'DCGM_FI_DEV_GPU_UTIL', type: 'gauge', labels: DCGM_LABELS },
  memoryUsed: { name: 'DCGM_FI_DEV_FB_USED', type: 'gauge', labels: DCGM_LABELS },
  temperature: { name: 'DCGM_FI_DEV_GPU_TEMP', type: 'gauge', labels: DCGM_LABELS },
  power: { name: 'DCGM_FI_DEV_POWER_USAGE', type: 'gauge', labels: DCGM_LABELS },
  /** The number of the last one; 0 before the first. */
  lastXid: {
    name: 'DCGM_FI_DEV_XID_ERRORS',
    type: 'gauge',
    labels: [...DCGM_LABELS, 'err_code', 'err_msg'],
  },
  rowRemapFailed: { name: 'DCGM_FI_DEV_ROW_REMAP_FAILURE', type: 'gauge', labels: DCGM_LABELS },
} as const satisfies Record<string, Metric>

const VLLM_LABELS = ['model_name', 'engine'] as const

/** https://docs.vllm.ai/en/latest/usage/metrics.html */
export const VLLM = {
  running: { name: 'vllm:num_requests_running', type: 'gauge', labels: VLLM_LABELS },
  waiting: { name: 'vllm:num_requests_waiting', type: 'gauge', labels: VLLM_LABELS },
  kvCache: { name: 'vllm:kv_cache_usage_perc', type: 'gauge', labels: VLLM_LABELS },
  preemptions: { name: 'vllm:num_preemptions_total', type: 'counter', labels: VLLM_LABELS },
  prefixQueries: { name: 'vllm:prefix_cache_queries_total', type: 'counter', labels: VLLM_LABELS },
  prefixHits: { name: 'vllm:prefix_cache_hits_total', type: 'counter', labels: VLLM_LABELS },
} as const satisfies Record<string, Metric>

export const FOREIGN: readonly Metric[] = [
  ALERTS,
  ...[PROMETHEUS, ALERTMANAGER, NODE, DCGM, VLLM].flatMap((metrics) => Object.values<Metric>(metrics)),
]
