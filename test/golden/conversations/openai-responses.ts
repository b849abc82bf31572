// Conversations in OpenAI's responses.
import type OpenAI from 'openai'
import { json, sse, typed, type Conversation } from '../support/conversation.ts'

const MODEL = 'gpt-5-mini'
const ANSWERED = 'gpt-5-mini-2025-08-07'

type Fields = Readonly<Record<string, unknown>>
type Event = Fields & { readonly type: string }

const USAGE = {
  input_tokens: 32,
  input_tokens_details: { cached_tokens: 8 },
  output_tokens: 19,
  output_tokens_details: { reasoning_tokens: 12 },
  total_tokens: 51,
}
const COUNTED = { promptTokens: 32, outputTokens: 19, cachedTokens: 8, reasoningTokens: 12 }

export const response = (status: string, more: Fields = {}): Fields => ({
  ...{ id: 'resp_68af', object: 'response', created_at: 1789453400, status, background: false },
  ...{ error: null, incomplete_details: null, instructions: null, max_output_tokens: null, model: ANSWERED },
  ...{ output: [], parallel_tool_calls: true, previous_response_id: null, store: true, temperature: 1 },
  ...{ text: { format: { type: 'text' } }, tool_choice: 'auto', tools: [], usage: null, metadata: {} },
  ...more,
})

/** Events as they are numbered on the wire. */
export const numbered = (...events: readonly Event[]): string =>
  typed(...events.map((event, index) => ({ ...event, sequence_number: index })))

const opens: readonly Event[] = [
  { type: 'response.created', response: response('in_progress') },
  { type: 'response.in_progress', response: response('in_progress') },
]

const completed = (...output: readonly Fields[]): Event => ({
  type: 'response.completed',
  response: response('completed', { output, usage: USAGE }),
})

const item = (type: string, more: Fields = {}): Fields => ({
  id: 'it_1',
  type,
  status: 'in_progress',
  ...more,
})

const added = (output_index: number, added: Fields): Event => ({
  ...{ type: 'response.output_item.added', output_index, item: added },
})
const done = (output_index: number, added: Fields): Event => ({
  ...{ type: 'response.output_item.done', output_index, item: { ...added, status: 'completed' } },
})

const text = (type: string, more: Fields): Event => ({
  ...{ type: `response.${type}`, item_id: 'it_1', output_index: 0, content_index: 0 },
  ...more,
})

const part = (value: string): Fields => ({ type: 'output_text', annotations: [], logprobs: [], text: value })
const message = item('message', { role: 'assistant', content: [] })

const said: readonly Event[] = [
  added(0, message),
  text('content_part.added', { part: part('') }),
  text('output_text.delta', { delta: 'Vier', logprobs: [], obfuscation: 'aZ' }),
  text('output_text.delta', { delta: ' 米', logprobs: [] }),
  text('output_text.annotation.added', {
    annotation_index: 0,
    annotation: { type: 'url_citation', url: 'x' },
  }),
  text('output_text.done', { text: 'Vier 米', logprobs: [] }),
  text('content_part.done', { part: part('Vier 米') }),
  done(0, { ...message, content: [part('Vier 米')] }),
]

const streamed = (
  client: OpenAI,
  more: Partial<OpenAI.Responses.ResponseCreateParamsStreaming> = {},
): PromiseLike<unknown> =>
  client.responses.create({ model: MODEL, input: 'Wie hoch? 堰', stream: true, ...more })

const COMPLETED = { model: ANSWERED, finishReason: 'completed', ...COUNTED }

/** Every further event the client has a type for, with what it carries. Those with a `delta` are generated output. */
const FURTHER: readonly Event[] = [
  { type: 'response.queued', response: response('queued') },
  text('reasoning_summary_part.added', { summary_index: 0, part: { type: 'summary_text', text: '' } }),
  text('reasoning_summary_text.delta', { summary_index: 0, delta: '**Hm**' }),
  text('reasoning_summary_text.done', { summary_index: 0, text: '**Hm**' }),
  text('reasoning_summary_part.done', { summary_index: 0, part: { type: 'summary_text', text: '**Hm**' } }),
  text('reasoning_text.delta', { delta: '想' }),
  text('reasoning_text.done', { text: '想' }),
  text('refusal.delta', { delta: 'Nein' }),
  text('refusal.done', { refusal: 'Nein' }),
  text('function_call_arguments.delta', { delta: '{"city":"Z' }),
  text('function_call_arguments.delta', { delta: 'ürich"}' }),
  text('function_call_arguments.done', { arguments: '{"city":"Zürich"}', name: 'get_level' }),
  text('custom_tool_call_input.delta', { delta: 'print(1)' }),
  text('custom_tool_call_input.done', { input: 'print(1)' }),
  text('mcp_call_arguments.delta', { delta: '{}' }),
  text('mcp_call_arguments.done', { arguments: '{}' }),
  text('code_interpreter_call_code.delta', { delta: '1+1' }),
  text('code_interpreter_call_code.done', { code: '1+1' }),
  { type: 'response.audio.delta', delta: 'UklGRg==' },
  { type: 'response.audio.done' },
  { type: 'response.audio.transcript.delta', delta: 'Vier' },
  { type: 'response.audio.transcript.done' },
  ...['in_progress', 'searching', 'completed'].flatMap((step) => [
    text(`web_search_call.${step}`, {}),
    text(`file_search_call.${step}`, {}),
  ]),
  ...['in_progress', 'interpreting', 'completed'].map((step) => text(`code_interpreter_call.${step}`, {})),
  ...['in_progress', 'completed', 'failed'].flatMap((step) => [
    text(`mcp_call.${step}`, {}),
    text(`mcp_list_tools.${step}`, {}),
  ]),
  ...['in_progress', 'generating', 'completed'].map((step) => text(`image_generation_call.${step}`, {})),
  text('image_generation_call.partial_image', { partial_image_index: 0, partial_image_b64: 'iVBORw0KGgo=' }),
  { type: 'response.something_new', surprise: [1, { two: null }] },
  { type: 'keepalive' },
]
const FURTHER_TOKENS = FURTHER.filter((event) => 'delta' in event).length

export const openAiResponses: readonly Conversation[] = [
  {
    title: 'text, event by event',
    answers: [sse(numbered(...opens, ...said, completed({ ...message, content: [part('Vier 米')] })))],
    ask: ({ openai }) => streamed(openai, { stream_options: { include_obfuscation: true } }),
    record: { ...COMPLETED, tokens: 2 },
  },
  {
    title: 'the helper that joins a stream gives the same response',
    answers: [sse(numbered(...opens, ...said, completed({ ...message, content: [part('Vier 米')] })))],
    ask: ({ openai }) => openai.responses.stream({ model: MODEL, input: 'Wie hoch?' }).finalResponse(),
    record: { ...COMPLETED, tokens: 2 },
  },
  {
    title: 'every other event there is, and one that nobody knows yet',
    answers: [sse(numbered(...opens, added(0, item('reasoning', { summary: [] })), ...FURTHER, completed()))],
    ask: ({ openai }) => streamed(openai, { reasoning: { effort: 'high', summary: 'detailed' } }),
    record: { ...COMPLETED, tokens: FURTHER_TOKENS },
  },
  {
    title: 'an answer that ran out of tokens',
    answers: [
      sse(
        numbered(...opens, ...said.slice(0, 3), {
          type: 'response.incomplete',
          response: response('incomplete', {
            ...{ incomplete_details: { reason: 'max_output_tokens' }, usage: USAGE },
          }),
        }),
      ),
    ],
    ask: ({ openai }) => streamed(openai, { max_output_tokens: 16 }),
    record: { ...COMPLETED, finishReason: 'incomplete', tokens: 1 },
  },
  {
    title: 'a function is called and answers, and the response before is referred to',
    answers: [
      json(
        response('completed', {
          ...{ usage: USAGE },
          output: [
            item('reasoning', { summary: [], encrypted_content: 'gAAAAAB' }),
            item('function_call', { call_id: 'call_1', name: 'get_level', arguments: '{"city": "Zürich"}' }),
          ],
        }),
      ),
      json(response('completed', { ...{ usage: USAGE }, output: [{ ...message, content: [part('4')] }] })),
    ],
    ask: async ({ openai }) => {
      const first = await openai.responses.create({
        model: MODEL,
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'Wie hoch?' },
              { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
            ],
          },
        ],
        tools: [{ type: 'function', name: 'get_level', parameters: { type: 'object' }, strict: false }],
        include: ['reasoning.encrypted_content'],
      })
      return openai.responses.create({
        model: MODEL,
        previous_response_id: first.id,
        input: [{ type: 'function_call_output', call_id: 'call_1', output: '4' }],
      })
    },
    record: COMPLETED,
  },
  {
    title: 'structured output, whole',
    answers: [
      json(
        response('completed', {
          ...{ usage: USAGE },
          output: [{ ...message, content: [part('{"m":4.06E2}')] }],
        }),
      ),
    ],
    ask: ({ openai }) =>
      openai.responses.create({
        model: MODEL,
        input: 'Wie hoch?',
        text: { format: { type: 'json_schema', name: 'level', schema: { type: 'object' }, strict: true } },
      }),
    record: COMPLETED,
  },
  {
    title: 'work in the background, which has only been queued',
    answers: [json(response('queued', { background: true }))],
    ask: ({ openai }) => openai.responses.create({ model: MODEL, input: 'x', background: true }),
    record: { model: ANSWERED },
  },
  {
    title: 'a picture over a mebibyte, whole',
    answers: [
      json(
        response('completed', {
          ...{ output: [item('image_generation_call', { result: 'iVBORw0KGgo='.repeat(100_000) })] },
          ...{ usage: USAGE },
        }),
      ),
    ],
    ask: ({ openai }) =>
      openai.responses.create({ model: MODEL, input: 'x', tools: [{ type: 'image_generation' }] }),
    record: COMPLETED,
  },
]
