// The pieces of which chat completions are made, as OpenAI spells them, and the question that is asked for them.
import type OpenAI from 'openai'
import { data } from '../support/conversation.ts'

export const MODEL = 'gpt-5-mini'
export const ANSWERED = 'gpt-5-mini-2025-08-07'
export const messages = [{ role: 'user' as const, content: 'Wie hoch steht das Wasser am Wehr (堰)? 🌊' }]

export type Fields = Readonly<Record<string, unknown>>

export const chunk = (choices: readonly Fields[], more: Fields = {}): Fields => ({
  id: 'chatcmpl-C9',
  object: 'chat.completion.chunk',
  created: 1789453211,
  model: ANSWERED,
  service_tier: 'default',
  system_fingerprint: 'fp_51db84afab',
  choices,
  ...more,
})

export const choice = (delta: Fields, finish: string | null = null, index = 0): Fields => ({
  index,
  delta,
  logprobs: null,
  finish_reason: finish,
})

export const says = (content: string, index = 0): Fields => chunk([choice({ content }, null, index)])
export const begins = (index = 0): Fields => chunk([choice({ role: 'assistant', content: '' }, null, index)])
export const ends = (finish = 'stop', index = 0): Fields => chunk([choice({}, finish, index)])

export const USAGE = {
  prompt_tokens: 21,
  completion_tokens: 14,
  total_tokens: 35,
  prompt_tokens_details: { cached_tokens: 16, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 3, accepted_prediction_tokens: 0 },
}
export const COUNTED = { promptTokens: 21, outputTokens: 14, cachedTokens: 16, reasoningTokens: 3 }
export const USAGE_EVENT = data(chunk([], { usage: USAGE, obfuscation: 'k' }))

export const completion = (choices: readonly Fields[], more: Fields = {}): Fields => ({
  id: 'chatcmpl-C9',
  object: 'chat.completion',
  created: 1789453211,
  model: ANSWERED,
  choices,
  usage: USAGE,
  service_tier: 'default',
  system_fingerprint: 'fp_51db84afab',
  ...more,
})

export const streamed = (
  client: OpenAI,
  more: Partial<OpenAI.ChatCompletionCreateParamsStreaming> = {},
): PromiseLike<unknown> => client.chat.completions.create({ model: MODEL, messages, stream: true, ...more })
