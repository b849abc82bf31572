// The metrics that records are observed into, opened once from the catalogue.
import type { RequestMetrics } from './bounds.ts'
import type { SeriesStore } from './series-store.ts'

export function createRequestFamilies(store: SeriesStore, metrics: RequestMetrics) {
  return {
    httpRequests: store.counter(metrics.httpRequests),
    httpRequestDuration: store.histogram(metrics.httpRequestDuration),
    backendCallDuration: store.histogram(metrics.backendCallDuration),
    modelInferenceDuration: store.histogram(metrics.modelInferenceDuration),
    genAiServerDuration: store.histogram(metrics.genAiServerDuration),
    genAiTimeToFirstToken: store.histogram(metrics.genAiTimeToFirstToken),
    genAiTimePerOutputToken: store.histogram(metrics.genAiTimePerOutputToken),
    genAiClientDuration: store.histogram(metrics.genAiClientDuration),
    genAiTokenUsage: store.histogram(metrics.genAiTokenUsage),
    genAiInputTokens: store.counter(metrics.genAiInputTokens),
    genAiOutputTokens: store.counter(metrics.genAiOutputTokens),
    requests: store.counter(metrics.requests),
    phase: store.histogram(metrics.phase),
    modelLoad: store.histogram(metrics.modelLoad),
    overhead: store.histogram(metrics.overhead),
    queueWait: store.histogram(metrics.queueWait),
    interToken: store.histogram(metrics.interToken),
    streamStalls: store.counter(metrics.streamStalls),
    promptTokens: store.histogram(metrics.promptTokens),
    retries: store.counter(metrics.retries),
    fallbacks: store.counter(metrics.fallbacks),
    rejected: store.counter(metrics.rejected),
    streamInterrupted: store.counter(metrics.streamInterrupted),
    tokens: store.counter(metrics.tokens),
    cost: store.counter(metrics.cost),
    tenantRequests: store.counter(metrics.tenantRequests),
  }
}

export type RequestFamilies = ReturnType<typeof createRequestFamilies>
