// The metrics that records are observed into, opened once from the catalogue.
import { REQUEST_METRICS } from './catalogue/requests.ts'
import type { SeriesStore } from './series-store.ts'

export function createRequestFamilies(store: SeriesStore) {
  return {
    httpRequests: store.counter(REQUEST_METRICS.httpRequests),
    httpRequestDuration: store.histogram(REQUEST_METRICS.httpRequestDuration),
    backendCallDuration: store.histogram(REQUEST_METRICS.backendCallDuration),
    modelInferenceDuration: store.histogram(REQUEST_METRICS.modelInferenceDuration),
    genAiServerDuration: store.histogram(REQUEST_METRICS.genAiServerDuration),
    genAiTimeToFirstToken: store.histogram(REQUEST_METRICS.genAiTimeToFirstToken),
    genAiTimePerOutputToken: store.histogram(REQUEST_METRICS.genAiTimePerOutputToken),
    genAiClientDuration: store.histogram(REQUEST_METRICS.genAiClientDuration),
    genAiTokenUsage: store.histogram(REQUEST_METRICS.genAiTokenUsage),
    genAiInputTokens: store.counter(REQUEST_METRICS.genAiInputTokens),
    genAiOutputTokens: store.counter(REQUEST_METRICS.genAiOutputTokens),
    requests: store.counter(REQUEST_METRICS.requests),
    phase: store.histogram(REQUEST_METRICS.phase),
    modelLoad: store.histogram(REQUEST_METRICS.modelLoad),
    overhead: store.histogram(REQUEST_METRICS.overhead),
    queueWait: store.histogram(REQUEST_METRICS.queueWait),
    interToken: store.histogram(REQUEST_METRICS.interToken),
    streamStalls: store.counter(REQUEST_METRICS.streamStalls),
    promptTokens: store.histogram(REQUEST_METRICS.promptTokens),
    retries: store.counter(REQUEST_METRICS.retries),
    fallbacks: store.counter(REQUEST_METRICS.fallbacks),
    rejected: store.counter(REQUEST_METRICS.rejected),
    streamInterrupted: store.counter(REQUEST_METRICS.streamInterrupted),
    tokens: store.counter(REQUEST_METRICS.tokens),
    cost: store.counter(REQUEST_METRICS.cost),
    tenantRequests: store.counter(REQUEST_METRICS.tenantRequests),
  }
}

export type RequestFamilies = ReturnType<typeof createRequestFamilies>
