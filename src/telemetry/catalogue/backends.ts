// The metrics that backends tell of themselves, read from pages that load no model and keep none awake. Data only.
import type { GaugeDefinition } from './definition.ts'

export const BACKEND_METRICS = {
  backendInfo: {
    name: 'weir_backend_info',
    type: 'gauge',
    help: 'Always 1; of which kind the backend is and which version it says it has (empty where it does not say).',
    labels: ['backend', 'kind', 'version'],
    unit: 'info',
    since: '0.1.0',
  },
  backendModels: {
    name: 'weir_backend_models',
    type: 'gauge',
    help: 'How many models the backend listed when it last did; absent where they are configured.',
    labels: ['backend'],
    unit: 'models',
    since: '0.1.0',
  },
  modelExpires: {
    name: 'weir_backend_model_expires_timestamp_seconds',
    type: 'gauge',
    help: 'When the backend will unload the model unless somebody uses it, in seconds since the epoch; absent when it never will, and while it is not loaded (Ollama).',
    labels: ['backend', 'model'],
    unit: 'seconds',
    since: '0.1.0',
  },
  backendRequestsRunning: {
    name: 'weir_backend_requests_running',
    type: 'gauge',
    help: 'Requests the backend works on, whoever sent them, as its own metrics page tells (vLLM, SGLang, llama.cpp).',
    labels: ['backend'],
    unit: 'requests',
    since: '0.1.0',
  },
  backendRequestsWaiting: {
    name: 'weir_backend_requests_waiting',
    type: 'gauge',
    help: 'Requests that wait inside the backend, whoever sent them, as its own metrics page tells (vLLM, SGLang, llama.cpp).',
    labels: ['backend'],
    unit: 'requests',
    since: '0.1.0',
  },
  backendKvCache: {
    name: 'weir_backend_kv_cache_used_ratio',
    type: 'gauge',
    help: 'Share of the KV cache of the backend in use; of several engines the fullest. Near 1 requests wait or are put off (vLLM, SGLang).',
    labels: ['backend'],
    unit: 'ratio',
    since: '0.1.0',
  },
  backendSlots: {
    name: 'weir_backend_slots',
    type: 'gauge',
    help: 'How many requests the backend can work on at once, as it tells itself (llama.cpp).',
    labels: ['backend'],
    unit: 'requests',
    since: '0.1.0',
  },
} as const satisfies Record<string, GaugeDefinition>
