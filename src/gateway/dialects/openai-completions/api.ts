// OpenAI's older text completions: `POST /v1/completions`.
import { compileShape } from '../../json/shape.ts'
import { ANSWER, REPORTED_ERROR, REQUEST, type Api } from '../api.ts'
import { LLAMACPP_TIMINGS, OPENAI_USAGE, openAiChat } from '../openai-chat/api.ts'

export const openAiCompletions: Api = {
  ...openAiChat,
  name: 'openai-completions',
  operation: 'text_completion',
  requestShape: compileShape({
    model: REQUEST.model,
    stream: REQUEST.stream,
    max_tokens: REQUEST.maxOutput,
    n: REQUEST.choices,
    prompt: REQUEST.prompt,
    stream_options: [REQUEST.streamOptions, { include_usage: REQUEST.includeUsage }],
  }),
  answerShape: compileShape({
    model: ANSWER.model,
    choices: [
      ANSWER.choices,
      [{ text: ANSWER.token, index: ANSWER.choiceIndex, finish_reason: ANSWER.finishReason }],
    ],
    usage: OPENAI_USAGE,
    timings: LLAMACPP_TIMINGS,
    error: REPORTED_ERROR,
  }),
}
