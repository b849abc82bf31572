// Ollama's own chat: a JSON object a line, counts in the last one.
import { bearer, toCount, toFields, toItems, toText, type Api, type Fields, type Notes } from './api.ts'

export const ollama: Api = {
  name: 'ollama',
  path: '/api/chat',
  listPath: '/api/tags',
  framing: 'ndjson',
  toBody: (model, { prompt, maxTokens, isStream }) =>
    JSON.stringify({
      model,
      messages: [{ role: 'user', content: prompt }],
      stream: isStream,
      ...(maxTokens === undefined ? {} : { options: { num_predict: maxTokens } }),
    }),
  toHeaders: bearer,
  readEvent(event, notes) {
    const fields = toFields(event)
    noteEnd(fields, notes)
    const { content, thinking, tool_calls: calls } = toFields(fields['message'])
    return toText(content) !== undefined || toText(thinking) !== undefined || toItems(calls).length > 0
  },
  readWhole: (body, notes) => noteEnd(toFields(body), notes),
  readError: (body) => ({ code: undefined, message: toText(toFields(body)['error']) }),
}

function noteEnd(fields: Fields, notes: Notes): void {
  const said = toText(fields['error'])
  if (said !== undefined) notes.error = { code: undefined, message: said }
  if (fields['done'] !== true) return
  notes.isComplete = true
  // Both are left out when they are 0: a prompt that was remembered, an answer without a token.
  notes.promptTokens = toCount(fields['prompt_eval_count'])
  notes.outputTokens = toCount(fields['eval_count'])
}
