// Anthropic's messages: `POST /v1/messages`, and its token counter.
import { compileShape } from '../../json/shape.ts'
import { ANSWER, REPORTED_ERROR, REQUEST, type Api } from '../api.ts'
import { toAnthropicErrorBody } from '../errors.ts'

/** `input_tokens` leaves out what came from or went into the cache; the reader adds them up. */
const USAGE = [
  ANSWER.usage,
  {
    input_tokens: ANSWER.promptTokens,
    output_tokens: ANSWER.outputTokens,
    cache_read_input_tokens: ANSWER.cachedTokens,
    cache_creation_input_tokens: ANSWER.cacheWriteTokens,
  },
] as const

export const anthropicMessages: Api = {
  name: 'anthropic',
  dialect: 'anthropic',
  operation: 'chat',
  requestShape: compileShape({
    model: REQUEST.model,
    stream: REQUEST.stream,
    max_tokens: REQUEST.maxOutput,
    messages: REQUEST.prompt,
  }),
  streamsByDefault: false,
  answerShape: compileShape({
    type: ANSWER.type,
    model: ANSWER.model,
    stop_reason: ANSWER.finishReason,
    usage: USAGE,
    error: REPORTED_ERROR,
    message: { model: ANSWER.model, usage: USAGE },
    // Of an answer in one piece.
    content: [{ text: ANSWER.token, thinking: ANSWER.token, data: ANSWER.token, input: ANSWER.token }],
    // Thinking that is kept secret comes in one piece, with the beginning of its block.
    content_block: { data: ANSWER.token },
    // A signature is not generated text and not a token.
    delta: {
      text: ANSWER.token,
      thinking: ANSWER.token,
      partial_json: ANSWER.token,
      stop_reason: ANSWER.finishReason,
    },
  }),
  asksUsage: false,
  terminator: undefined,
  endingTypes: new Map([
    ['message_stop', 'complete'],
    ['error', 'error'],
  ]),
  toErrorBody: toAnthropicErrorBody,
  toErrorEvent: (error, { requestId }) => `event: error\ndata: ${toAnthropicErrorBody(error, requestId)}\n\n`,
}

export const anthropicCountTokens: Api = {
  ...anthropicMessages,
  operation: 'other',
  requestShape: compileShape({ model: REQUEST.model, messages: REQUEST.prompt }),
  answerShape: compileShape({ error: REPORTED_ERROR }),
}
