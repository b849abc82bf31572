// The metrics of the running gateway: gauges that are read when a scrape comes, and counters about metrics themselves.
// Data only.
import type { CounterDefinition, GaugeDefinition } from './definition.ts'

/** Read from the live state at scrape time. */
export const LIVE_METRICS = {
  activeConnections: {
    name: 'active_connections',
    type: 'gauge',
    help: 'Open connections of callers on the gateway listener.',
    labels: [],
    unit: 'connections',
    since: '0.1.0',
  },
  overloaded: {
    name: 'weir_overloaded',
    type: 'gauge',
    help: '1 while new requests are refused because this process is short of something, by what: loop (timers come late), memory.',
    labels: ['by'],
    unit: 'bool',
    since: '0.1.0',
  },
  inflightRequests: {
    name: 'weir_inflight_requests',
    type: 'gauge',
    help: 'Requests that have arrived and are not over, by routed model; other until one is routed.',
    labels: ['model'],
    unit: 'requests',
    since: '0.1.0',
  },
  inflightAge: {
    name: 'weir_inflight_age_seconds',
    type: 'gauge',
    help: 'Requests that are not over, by how long ago they arrived.',
    labels: ['age'],
    unit: 'requests',
    since: '0.1.0',
  },
  backendUp: {
    name: 'weir_backend_up',
    type: 'gauge',
    help: '1 when the backend answered its last probe, 0 when it did not or said that it is loading; absent before the first probe.',
    labels: ['backend'],
    unit: 'bool',
    since: '0.1.0',
  },
  backendProbe: {
    name: 'weir_backend_probe_seconds',
    type: 'gauge',
    help: 'How long the last probe of the backend took.',
    labels: ['backend'],
    unit: 'seconds',
    since: '0.1.0',
  },
  backendCircuit: {
    name: 'weir_backend_circuit_state',
    type: 'gauge',
    help: '1 for the state the circuit of the backend is in (closed, half-open, open), 0 for the others.',
    labels: ['backend', 'state'],
    unit: 'bool',
    since: '0.1.0',
  },
  backendPool: {
    name: 'weir_backend_pool_connections',
    type: 'gauge',
    help: 'The connection pool to the backend: connections open (connected) and idle (free), calls under way (running) and waiting (pending).',
    labels: ['backend', 'state'],
    unit: 'connections',
    since: '0.1.0',
  },
  modelLoaded: {
    name: 'weir_backend_model_loaded',
    type: 'gauge',
    help: '1 while the model is in the memory of the backend, 0 when it was unloaded again; for backends that tell (Ollama).',
    labels: ['backend', 'model'],
    unit: 'bool',
    since: '0.1.0',
  },
  modelVram: {
    name: 'weir_backend_model_vram_bytes',
    type: 'gauge',
    help: 'How much of the model is in the memory of a GPU. Less than weir_backend_model_bytes: the rest runs on the CPU.',
    labels: ['backend', 'model'],
    unit: 'bytes',
    since: '0.1.0',
  },
  modelBytes: {
    name: 'weir_backend_model_bytes',
    type: 'gauge',
    help: 'How much memory the model takes on the backend, 0 while it is not loaded.',
    labels: ['backend', 'model'],
    unit: 'bytes',
    since: '0.1.0',
  },
  slotsInUse: {
    name: 'weir_slots_in_use',
    type: 'gauge',
    help: 'Requests that hold a slot of the backend in this process.',
    labels: ['backend'],
    unit: 'requests',
    since: '0.1.0',
  },
  slotsLimit: {
    name: 'weir_slots_limit',
    type: 'gauge',
    help: 'Slots of the backend in this process; absent when it has no limit.',
    labels: ['backend'],
    unit: 'requests',
    since: '0.1.0',
  },
  queueDepth: {
    name: 'weir_queue_depth',
    type: 'gauge',
    help: 'Requests that wait in this process for a slot of the backend.',
    labels: ['backend'],
    unit: 'requests',
    since: '0.1.0',
  },
} as const satisfies Record<string, GaugeDefinition>

/** About this process. */
export const PROCESS_METRICS = {
  configReloadSuccess: {
    name: 'weir_config_last_reload_success',
    type: 'gauge',
    help: '1 when the configuration that was last read is in force, 0 when it was refused and the one before it still is.',
    labels: [],
    unit: 'bool',
    since: '0.1.0',
  },
  configReloadSuccessTime: {
    name: 'weir_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the configuration in force was read, in seconds since the epoch.',
    labels: [],
    unit: 'seconds',
    since: '0.1.0',
  },
  eventLoopDelay: {
    name: 'weir_event_loop_delay_seconds',
    type: 'gauge',
    help: 'How late the event loop ran its timers during the last one to two minutes (stat p50, p99, max). Scraping does not reset it.',
    labels: ['stat'],
    unit: 'seconds',
    since: '0.1.0',
  },
  buildInfo: {
    name: 'weir_build_info',
    type: 'gauge',
    help: 'Always 1; what runs stands in the labels.',
    labels: ['version', 'commit', 'node_version'],
    unit: 'info',
    since: '0.1.0',
  },
} as const satisfies Record<string, GaugeDefinition>

/** Counters about what could not be kept. */
export const LOSS_METRICS = {
  recordsDropped: {
    name: 'weir_records_dropped_total',
    type: 'counter',
    help: 'Sealed records that a reader could not keep, by reason; the requests themselves were served.',
    labels: ['reason'],
    unit: 'records',
    since: '0.1.0',
  },
  seriesLimited: {
    name: 'weir_series_limited_total',
    type: 'counter',
    help: 'Label sets that were counted as other because metrics.maxSeries or the limit of tenants was reached, by metric.',
    labels: ['metric'],
    unit: 'series',
    since: '0.1.0',
  },
} as const satisfies Record<string, CounterDefinition>
