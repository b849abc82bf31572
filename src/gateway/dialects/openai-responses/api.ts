// OpenAI's responses: `POST /v1/responses`. Typed events with a rising `sequence_number` and no `[DONE]`.
import { compileShape } from '../../json/shape.ts'
import { ANSWER, REPORTED_ERROR, REQUEST, type Api } from '../api.ts'
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
  error: REPORTED_ERROR,
} as const

export const openAiResponses: Api = {
  name: 'openai-responses',
  dialect: 'openai',
  operation: 'chat',
  requestShape: compileShape({
    model: REQUEST.model,
    stream: REQUEST.stream,
    max_output_tokens: REQUEST.maxOutput,
    input: REQUEST.prompt,
  }),
  streamsByDefault: false,
  answerShape: compileShape({
    ...RESPONSE,
    type: ANSWER.type,
    sequence_number: ANSWER.sequence,
    // Of the event `error`, which is the error.
    code: ANSWER.errorCode,
    message: ANSWER.errorMessage,
    // Every event that carries generated text, reasoning, a refusal or call arguments has it under this one key.
    delta: ANSWER.token,
    // Of an answer in one piece. The last event repeats it inside `response`, where it is no news.
    output: [
      {
        content: [{ text: ANSWER.token, refusal: ANSWER.token }],
        summary: [{ text: ANSWER.token }],
        arguments: ANSWER.token,
      },
    ],
    response: RESPONSE,
  }),
  asksUsage: false,
  terminator: undefined,
  endingTypes: new Map([
    ['response.completed', 'complete'],
    ['response.incomplete', 'complete'],
    ['response.failed', 'failed'],
    ['error', 'error'],
  ]),
  toErrorBody: toOpenAiErrorBody,
  toFailure: (error) =>
    JSON.stringify({
      code: error.code === 'rate_limited' ? 'rate_limit_exceeded' : 'server_error',
      message: error.message,
    }),
  // Flat, as its type in the official clients says; they raise on the `error` inside, and without it would go on in silence.
  toErrorEvent: (error, { sequence }) =>
    `event: error\ndata: ${JSON.stringify({
      type: 'error',
      code: error.code,
      message: error.message,
      param: error.param ?? null,
      sequence_number: sequence,
      ...(JSON.parse(toOpenAiErrorBody(error)) as object),
    })}\n\n`,
}
