// Names of metrics that other programs expose, each with where it is said. Only here do names stand that are not of our catalogue.

/** Prometheus adds it to every target (prometheus.io, Jobs and instances). */
export const UP = 'up'

/** The Prometheus client library's process metrics, which every process of ours has (src/telemetry/catalogue/library.ts). */
export const PROCESS = {
  startTime: 'process_start_time_seconds',
  openFiles: 'process_open_fds',
  mostFiles: 'process_max_fds',
} as const

/** node_exporter: collectors meminfo, cpu and filesystem (github.com/prometheus/node_exporter). */
export const NODE = {
  memoryAvailable: 'node_memory_MemAvailable_bytes',
  memoryTotal: 'node_memory_MemTotal_bytes',
  cpuSeconds: 'node_cpu_seconds_total',
  filesystemAvailable: 'node_filesystem_avail_bytes',
  filesystemSize: 'node_filesystem_size_bytes',
} as const

/** dcgm-exporter, etc/default-counters.csv (github.com/NVIDIA/dcgm-exporter). */
export const DCGM = {
  /** The number of the last one; 0 before the first. */
  lastXid: 'DCGM_FI_DEV_XID_ERRORS',
  rowRemapFailed: 'DCGM_FI_DEV_ROW_REMAP_FAILURE',
} as const

/** Alertmanager, notify/notify.go and cmd/alertmanager (github.com/prometheus/alertmanager). */
export const ALERTMANAGER = {
  notificationsFailed: 'alertmanager_notifications_failed_total',
  configReloaded: 'alertmanager_config_last_reload_successful',
} as const

/** Prometheus of itself (github.com/prometheus/prometheus: rules/manager.go, notifier, cmd/prometheus). */
export const PROMETHEUS = {
  ruleFailures: 'prometheus_rule_evaluation_failures_total',
  notificationsDropped: 'prometheus_notifications_dropped_total',
  configReloaded: 'prometheus_config_last_reload_successful',
} as const
