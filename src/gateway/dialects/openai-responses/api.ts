// OpenAI's responses: `POST /v1/responses`. Typed events with a rising `sequence_number` and no `[DONE]`.
import { compileShape } from '../../json/shape.ts'
import { ANSWER, REQUEST, type Api } from '../api.ts'
import { toOpenAiErrorBody } from '../errors.ts'

const USAGE = [
  ANSWER.usage,
  {
    input_tokens: ANSWER.promptTokens,
    output_tokens: ANSWER.outputTokens,
    input_tokens_details: { cached_tokens: ANSWER.cachedTokens },
    output_tokens_details: { reasoning_tokens: ANSWER.reasoningTokens },
  },
] as const

const RESPONSE = {
  model: ANSWER.model,
  status: ANSWER.finishReason,
  usage: USAGE,
  error: ANSWER.error,
} as const

export const openAiResponses: Api = {
  name: 'openai-responses',
  dialect: 'openai',
  operation: 'chat',
  requestShape: compileShape({ model: REQUEST.model, stream: REQUEST.stream, input: REQUEST.prompt }),
  streamsByDefault: false,
  answerShape: compileShape({
    ...RESPONSE,
    type: ANSWER.type,
    sequence_number: ANSWER.sequence,
    // Every event that carries generated text, reasoning, a refusal or call arguments has it under this one key.
    delta: ANSWER.token,
    response: RESPONSE,
  }),
  asksUsage: false,
  terminator: undefined,
  endingTypes: new Map([
    ['response.completed', 'complete'],
    ['response.incomplete', 'complete'],
    ['response.failed', 'error'],
    ['error', 'error'],
  ]),
  toErrorBody: toOpenAiErrorBody,
  // Flat, unlike the body of an error answer: the event is the error.
  toErrorEvent: (error, { sequence }) =>
    `event: error\ndata: ${JSON.stringify({
      type: 'error',
      code: error.code,
      message: error.message,
      param: error.param ?? null,
      sequence_number: sequence,
    })}\n\n`,
}
