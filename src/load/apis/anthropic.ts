// Anthropic's messages.
import {
  JSON_HEADERS,
  toCount,
  toFields,
  toItems,
  toText,
  type Api,
  type Fields,
  type Notes,
  type SaidError,
} from './api.ts'

const VERSION = { 'anthropic-version': '2023-06-01' }
/** This API has no "as long as the model likes". */
const DEFAULT_MAX_TOKENS = 1_024

export const anthropic: Api = {
  name: 'anthropic',
  path: '/v1/messages',
  listPath: '/v1/models',
  framing: 'sse',
  toBody: (model, { prompt, maxTokens = DEFAULT_MAX_TOKENS, isStream }) =>
    JSON.stringify({
      model,
      messages: [{ role: 'user', content: prompt }],
      max_tokens: maxTokens,
      ...(isStream ? { stream: true } : {}),
    }),
  toHeaders: (key) => ({ ...JSON_HEADERS, ...VERSION, ...(key === undefined ? {} : { 'x-api-key': key }) }),
  readEvent(event, notes) {
    const fields = toFields(event)
    switch (fields['type']) {
      case 'message_start':
        noteUsage(toFields(fields['message']), notes)
        return false
      case 'message_delta':
        noteUsage(fields, notes)
        return false
      case 'message_stop':
        notes.isComplete = true
        return false
      case 'error':
        notes.error = readAnthropicError(event)
        return false
      case 'content_block_start':
        // The name of a tool is generated; the beginning of a text is not.
        return toText(toFields(fields['content_block'])['name']) !== undefined
      case 'content_block_delta': {
        const { text, thinking, partial_json: json } = toFields(fields['delta'])
        return [text, thinking, json].some((each) => toText(each) !== undefined)
      }
      default:
        return false
    }
  },
  readWhole(body, notes) {
    const fields = toFields(body)
    noteUsage(fields, notes)
    if (fields['type'] === 'error') notes.error = readAnthropicError(body)
    notes.isComplete = toItems(fields['content']).length > 0
  },
  readError: readAnthropicError,
}

function noteUsage(fields: Fields, notes: Notes): void {
  const usage = toFields(fields['usage'])
  notes.promptTokens = toCount(usage['input_tokens']) ?? notes.promptTokens
  notes.outputTokens = toCount(usage['output_tokens']) ?? notes.outputTokens
}

function readAnthropicError(body: unknown): SaidError {
  const { type, message } = toFields(toFields(body)['error'])
  return { code: toText(type), message: toText(message) }
}
