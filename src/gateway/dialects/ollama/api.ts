// Ollama's native API: chat, generate, embed, show. NDJSON streams, on unless switched off; durations in nanoseconds.
import { compileShape } from '../../json/shape.ts'
import { ANSWER, REQUEST, type Api } from '../api.ts'
import { toOllamaErrorBody } from '../errors.ts'

const COMMON = {
  model: ANSWER.model,
  error: ANSWER.error,
  done: ANSWER.done,
  done_reason: ANSWER.finishReason,
  prompt_eval_count: ANSWER.promptTokens,
  eval_count: ANSWER.outputTokens,
  load_duration: ANSWER.loadNs,
  prompt_eval_duration: ANSWER.promptEvalNs,
  eval_duration: ANSWER.evalNs,
  total_duration: ANSWER.totalNs,
} as const

export const ollamaChat: Api = {
  name: 'ollama',
  dialect: 'ollama',
  operation: 'chat',
  requestShape: compileShape({
    model: REQUEST.model,
    stream: REQUEST.stream,
    messages: REQUEST.prompt,
    options: { num_predict: REQUEST.maxOutput },
  }),
  streamsByDefault: true,
  answerShape: compileShape({
    ...COMMON,
    message: { content: ANSWER.token, thinking: ANSWER.token, tool_calls: ANSWER.token },
  }),
  asksUsage: false,
  terminator: undefined,
  endingTypes: new Map(),
  toErrorBody: toOllamaErrorBody,
  toErrorEvent: (error) => `${toOllamaErrorBody(error)}\n`,
}

export const ollamaGenerate: Api = {
  ...ollamaChat,
  operation: 'text_completion',
  requestShape: compileShape({
    model: REQUEST.model,
    stream: REQUEST.stream,
    prompt: REQUEST.prompt,
    options: { num_predict: REQUEST.maxOutput },
  }),
  answerShape: compileShape({ ...COMMON, response: ANSWER.token, thinking: ANSWER.token }),
}

export const ollamaEmbed: Api = {
  ...ollamaChat,
  operation: 'embeddings',
  requestShape: compileShape({ model: REQUEST.model, input: REQUEST.prompt, prompt: REQUEST.prompt }),
  streamsByDefault: false,
  answerShape: compileShape(COMMON),
}

/** `model` is the field's name today, `name` what older clients send. */
export const ollamaShow: Api = {
  ...ollamaChat,
  operation: 'other',
  requestShape: compileShape({ model: REQUEST.model, name: REQUEST.modelAlias }),
  streamsByDefault: false,
  answerShape: compileShape({ error: ANSWER.error }),
}
