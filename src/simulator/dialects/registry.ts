// Every endpoint that takes a model, in one list. To add one: its file, and a line here.

import type { Endpoint } from '../job.ts'
import { anthropicCountTokens, anthropicMessages } from './anthropic.ts'
import { createEncoders, openaiModerations } from './encode.ts'
import { ollamaChat, ollamaGenerate } from './ollama.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiCompletions } from './openai-completions.ts'
import { openaiResponses } from './openai-responses.ts'

export function createEndpoints(embeddingDimensions: () => number): ReadonlyMap<string, Endpoint> {
  const endpoints = [
    openaiChat,
    openaiCompletions,
    openaiResponses,
    openaiModerations,
    ollamaChat,
    ollamaGenerate,
    anthropicMessages,
    anthropicCountTokens,
    ...createEncoders(embeddingDimensions),
  ]
  return new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]))
}
