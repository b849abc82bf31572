// OpenAI's chat completions, and whoever speaks like them: this gateway, vLLM, SGLang, llama.cpp.
import {
  bearer,
  toCount,
  toFields,
  toItems,
  toText,
  type Api,
  type Fields,
  type Notes,
  type SaidError,
} from './api.ts'

/** Fields of a delta whose text a model has generated; servers disagree on the name of reasoning. */
const TEXTS = ['content', 'reasoning_content', 'reasoning', 'refusal'] as const

export const openai: Api = {
  name: 'openai',
  path: '/v1/chat/completions',
  listPath: '/v1/models',
  framing: 'sse',
  toBody: (model, { prompt, maxTokens, isStream }) =>
    JSON.stringify({
      model,
      messages: [{ role: 'user', content: prompt }],
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
      ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
    }),
  toHeaders: bearer,
  readEvent(event, notes) {
    const fields = toFields(event)
    noteUsage(fields, notes)
    if (fields['error'] !== undefined) notes.error = readOpenaiError(event)
    let isGenerated = false
    for (const each of toItems(fields['choices'])) {
      const choice = toFields(each)
      if (typeof choice['finish_reason'] === 'string') notes.isComplete = true
      isGenerated ||= hasGenerated(toFields(choice['delta']))
    }
    return isGenerated
  },
  readWhole(body, notes) {
    const fields = toFields(body)
    noteUsage(fields, notes)
    if (fields['error'] !== undefined && fields['error'] !== null) notes.error = readOpenaiError(body)
    notes.isComplete = toItems(fields['choices']).length > 0
  },
  readError: readOpenaiError,
}

/** A role alone, or an empty text, is not generated. */
function hasGenerated(delta: Fields): boolean {
  if (TEXTS.some((name) => toText(delta[name]) !== undefined)) return true
  const call = toFields(toFields(delta['function_call']))
  if (toText(call['name']) !== undefined || toText(call['arguments']) !== undefined) return true
  return toItems(delta['tool_calls']).some((each) => {
    const { name, arguments: fragment } = toFields(toFields(each)['function'])
    return toText(name) !== undefined || toText(fragment) !== undefined
  })
}

function noteUsage(fields: Fields, notes: Notes): void {
  const usage = toFields(fields['usage'])
  notes.promptTokens = toCount(usage['prompt_tokens']) ?? notes.promptTokens
  notes.outputTokens = toCount(usage['completion_tokens']) ?? notes.outputTokens
}

function readOpenaiError(body: unknown): SaidError {
  const fields = toFields(body)
  const error = fields['error']
  if (typeof error === 'string') return { code: undefined, message: error }
  const { code, type, message } = toFields(error ?? fields)
  return { code: toText(code) ?? toText(type), message: toText(message) ?? toText(fields['detail']) }
}
