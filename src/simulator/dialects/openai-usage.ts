// Token counts as OpenAI spells them, and llama.cpp's timings. Undefined where nothing is to be reported.

import type { Run } from '../job.ts'

export function toOpenAiUsage(run: Run): Record<string, unknown> | undefined {
  if (run.usage === undefined) return undefined
  const { promptTokens, outputTokens, reasoningTokens } = run.usage
  return {
    prompt_tokens: promptTokens,
    completion_tokens: outputTokens,
    total_tokens: promptTokens + outputTokens,
    ...(reasoningTokens > 0 ? { completion_tokens_details: { reasoning_tokens: reasoningTokens } } : {}),
  }
}

/** llama.cpp adds these to the whole answer and to the last chunk. */
export function toTimings(run: Run): Record<string, number> | undefined {
  if (run.kind !== 'llamacpp' || run.usage === undefined) return undefined
  const { promptTokens, outputTokens } = run.usage
  const { startedAtMs, firstTokenAtMs, lastTokenAtMs } = run.timeline
  const promptMs = firstTokenAtMs - startedAtMs
  const predictedMs = lastTokenAtMs - firstTokenAtMs
  const perSecond = (tokens: number, ms: number): number => (ms > 0 ? (tokens * 1000) / ms : 0)
  return {
    cache_n: 0,
    prompt_n: promptTokens,
    prompt_ms: promptMs,
    prompt_per_token_ms: promptMs / Math.max(1, promptTokens),
    prompt_per_second: perSecond(promptTokens, promptMs),
    predicted_n: outputTokens,
    predicted_ms: predictedMs,
    predicted_per_token_ms: predictedMs / Math.max(1, outputTokens),
    predicted_per_second: perSecond(outputTokens, predictedMs),
  }
}
