// Metrics of requests under names that others chose: who knows those finds them here. Data only.
import { DURATION_BOUNDS_S, FIRST_TOKEN_BOUNDS_S, GAP_BOUNDS_S, TOKEN_BOUNDS } from '../../core/buckets.ts'
import type { StoredDefinition } from './definition.ts'

// `error_type` is added where a failure can be observed at all; in PromQL an absent label equals an empty one.
const GEN_AI_LABELS = [
  'gen_ai_operation_name',
  'gen_ai_provider_name',
  'gen_ai_request_model',
  'gen_ai_response_model',
] as const

/** The names that dashboards for web services and the common monitoring guides ask for. */
export const HTTP_METRICS = {
  httpRequests: {
    name: 'http_requests_total',
    type: 'counter',
    help: 'Requests that are over, by matched route and the status the caller got (499: it left before one was sent).',
    labels: ['method', 'endpoint', 'status_code'],
    unit: 'requests',
    since: '0.1.0',
  },
  httpRequestDuration: {
    name: 'http_request_duration_seconds',
    type: 'histogram',
    help: 'From the arrival of a request to its last byte or its abort, by matched route.',
    labels: ['method', 'endpoint'],
    unit: 'seconds',
    bounds: DURATION_BOUNDS_S,
    exemplars: true,
    since: '0.1.0',
  },
  backendCallDuration: {
    name: 'backend_call_duration_seconds',
    type: 'histogram',
    help: 'Each attempt at a backend, by how it ended. Attempts that the caller abandoned are left out: they tell nothing about the backend.',
    labels: ['backend', 'status'],
    unit: 'seconds',
    bounds: DURATION_BOUNDS_S,
    exemplars: true,
    since: '0.1.0',
  },
  modelInferenceDuration: {
    name: 'model_inference_duration_seconds',
    type: 'histogram',
    help: 'What the model itself took for a request that was answered: loading, prefill and decode, without queues, network and retries.',
    labels: ['model'],
    unit: 'seconds',
    bounds: DURATION_BOUNDS_S,
    exemplars: true,
    since: '0.1.0',
  },
} as const satisfies Record<string, StoredDefinition>

/** OpenTelemetry's GenAI conventions in Prometheus spelling. */
export const GEN_AI_METRICS = {
  genAiServerDuration: {
    name: 'gen_ai_server_request_duration_seconds',
    type: 'histogram',
    help: 'A request for generation or embeddings from arrival to last byte, as the caller saw it; error_type is empty on success.',
    labels: [...GEN_AI_LABELS, 'error_type'],
    unit: 'seconds',
    bounds: DURATION_BOUNDS_S,
    exemplars: true,
    since: '0.1.0',
  },
  genAiTimeToFirstToken: {
    name: 'gen_ai_server_time_to_first_token_seconds',
    type: 'histogram',
    help: 'From the arrival of a request to its first generated token (text, reasoning or tool call); successful requests only.',
    labels: GEN_AI_LABELS,
    unit: 'seconds',
    bounds: FIRST_TOKEN_BOUNDS_S,
    exemplars: true,
    since: '0.1.0',
  },
  genAiTimePerOutputToken: {
    name: 'gen_ai_server_time_per_output_token_seconds',
    type: 'histogram',
    help: '(duration - time to first token) / (output tokens - 1) of successful streamed requests with more than one token that the backend counted.',
    labels: GEN_AI_LABELS,
    unit: 'seconds',
    bounds: GAP_BOUNDS_S,
    exemplars: true,
    since: '0.1.0',
  },
  genAiClientDuration: {
    name: 'gen_ai_client_operation_duration_seconds',
    type: 'histogram',
    help: 'Each attempt at a backend for generation or embeddings; error_type is empty on success.',
    labels: [...GEN_AI_LABELS, 'error_type'],
    unit: 'seconds',
    bounds: DURATION_BOUNDS_S,
    exemplars: true,
    since: '0.1.0',
  },
  genAiTokenUsage: {
    name: 'gen_ai_client_token_usage',
    type: 'histogram',
    help: 'Tokens of a request as its backend counted them (gen_ai_token_type input or output); nothing where it gave no count.',
    labels: [...GEN_AI_LABELS, 'gen_ai_token_type'],
    unit: 'tokens',
    bounds: TOKEN_BOUNDS,
    exemplars: false,
    since: '0.1.0',
  },
  genAiInputTokens: {
    name: 'gen_ai_client_inference_usage_input_tokens_total',
    type: 'counter',
    help: 'Input tokens as the backends counted them; requests without a count are left out.',
    labels: GEN_AI_LABELS,
    unit: 'tokens',
    since: '0.1.0',
  },
  genAiOutputTokens: {
    name: 'gen_ai_client_inference_usage_output_tokens_total',
    type: 'counter',
    help: 'Output tokens as the backends counted them; requests without a count are left out.',
    labels: GEN_AI_LABELS,
    unit: 'tokens',
    since: '0.1.0',
  },
} as const satisfies Record<string, StoredDefinition>
