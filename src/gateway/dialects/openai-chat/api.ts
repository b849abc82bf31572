// OpenAI's chat completions: `POST /v1/chat/completions`.
import { compileShape } from '../../json/shape.ts'
import { ANSWER, REPORTED_ERROR, REQUEST, type Api } from '../api.ts'
import { toOpenAiErrorBody } from '../errors.ts'

/** `usage` as chat and completions spell it. */
export const OPENAI_USAGE = [
  ANSWER.usage,
  {
    prompt_tokens: ANSWER.promptTokens,
    completion_tokens: ANSWER.outputTokens,
    prompt_tokens_details: { cached_tokens: ANSWER.cachedTokens },
    completion_tokens_details: { reasoning_tokens: ANSWER.reasoningTokens },
    /** DeepSeek's own name for it. */
    prompt_cache_hit_tokens: ANSWER.cachedTokens,
  },
] as const

/** llama.cpp's server adds these to every answer; milliseconds. */
export const LLAMACPP_TIMINGS = { prompt_ms: ANSWER.promptMs, predicted_ms: ANSWER.predictedMs } as const

export const OPENAI_TERMINATOR = Buffer.from('data: [DONE]\n\n')

/** `reasoning` is Ollama's and OpenRouter's name, `reasoning_content` vLLM's and DeepSeek's; images are OpenRouter's. */
const GENERATED = {
  content: ANSWER.token,
  reasoning: ANSWER.token,
  reasoning_content: ANSWER.token,
  reasoning_details: ANSWER.token,
  refusal: ANSWER.token,
  tool_calls: ANSWER.token,
  function_call: ANSWER.token,
  audio: { data: ANSWER.token, transcript: ANSWER.token },
  images: ANSWER.token,
} as const

export const openAiChat: Api = {
  name: 'openai-chat',
  dialect: 'openai',
  operation: 'chat',
  requestShape: compileShape({
    model: REQUEST.model,
    stream: REQUEST.stream,
    max_tokens: REQUEST.maxOutput,
    max_completion_tokens: REQUEST.maxOutput,
    n: REQUEST.choices,
    messages: REQUEST.prompt,
    stream_options: [REQUEST.streamOptions, { include_usage: REQUEST.includeUsage }],
  }),
  streamsByDefault: false,
  answerShape: compileShape({
    model: ANSWER.model,
    choices: [
      ANSWER.choices,
      [
        {
          delta: GENERATED,
          message: GENERATED,
          index: ANSWER.choiceIndex,
          finish_reason: ANSWER.finishReason,
        },
      ],
    ],
    usage: OPENAI_USAGE,
    timings: LLAMACPP_TIMINGS,
    error: REPORTED_ERROR,
  }),
  asksUsage: true,
  terminator: OPENAI_TERMINATOR,
  endingTypes: new Map(),
  toErrorBody: toOpenAiErrorBody,
  toErrorEvent: (error) => `data: ${toOpenAiErrorBody(error)}\n\n`,
}
