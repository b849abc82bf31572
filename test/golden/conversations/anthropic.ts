// Conversations in Anthropic's messages.
import type Anthropic from '@anthropic-ai/sdk'
import { json, sse, typed, type Conversation } from '../support/conversation.ts'

const MODEL = 'claude-9'
const ANSWERED = 'claude-9-20260901'
const messages = [{ role: 'user' as const, content: 'Wie hoch steht das Wasser am Wehr (堰)?' }]
const ask = { model: MODEL, max_tokens: 1_024, messages }

type Fields = Readonly<Record<string, unknown>>
type Event = Fields & { readonly type: string }

const PROMPT_USAGE = {
  ...{ input_tokens: 25, cache_creation_input_tokens: 100, cache_read_input_tokens: 50 },
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 0 },
  ...{ output_tokens: 1, service_tier: 'standard' },
}
/** What came from the cache or went into it is part of the prompt. */
const COUNTED = { model: ANSWERED, promptTokens: 175, cachedTokens: 50, outputTokens: 89 }

const message = (content: readonly Fields[], stop: string | null, more: Fields = {}): Fields => ({
  ...{ id: 'msg_01Xy', type: 'message', role: 'assistant', model: ANSWERED, content },
  ...{ stop_reason: stop, stop_sequence: null, container: null, usage: PROMPT_USAGE },
  ...more,
})

const starts: Event = { type: 'message_start', message: message([], null) }
const PING: Event = { type: 'ping' }
const ends = (stop: string, more: Fields = {}): readonly Event[] => [
  {
    type: 'message_delta',
    delta: { stop_reason: stop, stop_sequence: null, ...more },
    usage: { output_tokens: 89 },
  },
  { type: 'message_stop' },
]

const opens = (index: number, content_block: Fields): Event => ({
  ...{ type: 'content_block_start', index, content_block },
})
const delta = (index: number, delta: Fields): Event => ({ type: 'content_block_delta', index, delta })
const closes = (index: number): Event => ({ type: 'content_block_stop', index })

const block = (index: number, content_block: Fields, ...deltas: readonly Fields[]): readonly Event[] => [
  opens(index, content_block),
  ...deltas.map((each) => delta(index, each)),
  closes(index),
]

const text = (value: string): Fields => ({ type: 'text_delta', text: value })
const argument = (value: string): Fields => ({ type: 'input_json_delta', partial_json: value })
const TOOL: Anthropic.Tool = { name: 'get_level', input_schema: { type: 'object' } }

const streamed = (
  client: Anthropic,
  more: Partial<Anthropic.MessageCreateParamsStreaming> = {},
): PromiseLike<unknown> => client.messages.create({ ...ask, stream: true, ...more })

const THOUGHT: readonly Event[] = [
  starts,
  opens(0, { type: 'thinking', thinking: '', signature: '' }),
  PING,
  delta(0, { type: 'thinking_delta', thinking: '' }),
  delta(0, { type: 'thinking_delta', thinking: 'Mal sehen 看' }),
  delta(0, { type: 'signature_delta', signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3h' }),
  closes(0),
  ...block(1, { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix' }),
  ...block(2, { type: 'text', text: '' }, text('Ich frage '), text('nach. 🌊')),
  ...block(
    3,
    { type: 'tool_use', id: 'toolu_01', name: 'get_level', input: {} },
    ...[argument(''), argument('{"city": "Z'), argument('ürich"}')],
  ),
  ...block(4, { type: 'tool_use', id: 'toolu_02', name: 'get_level', input: {} }, argument('{"city":"Ulm"}')),
  ...ends('tool_use'),
]

const streams: readonly Conversation[] = [
  {
    title: 'thinking with its signature, text, and two tools in parallel',
    answers: [sse(typed(...THOUGHT))],
    ask: ({ anthropic }) =>
      streamed(anthropic, { tools: [TOOL], thinking: { type: 'enabled', budget_tokens: 1_024 } }),
    record: { ...COUNTED, finishReason: 'tool_use', tokens: 7 },
  },
  {
    title: 'the helper that joins a stream gives the same message',
    answers: [sse(typed(...THOUGHT))],
    ask: ({ anthropic }) => anthropic.messages.stream({ ...ask, tools: [TOOL] }).finalMessage(),
    record: { ...COUNTED, finishReason: 'tool_use', tokens: 7 },
  },
  {
    title: 'a search by the server itself, with citations, and a turn that pauses',
    answers: [
      sse(
        typed(
          starts,
          ...block(
            0,
            { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
            argument('{"query":"Pegel"}'),
          ),
          ...block(1, {
            ...{ type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1' },
            content: [
              {
                type: 'web_search_result',
                url: 'https://example.com',
                title: 'Pegel',
                encrypted_content: 'Eq',
              },
            ],
          }),
          ...block(2, { type: 'text', text: '', citations: [] }, text('406'), {
            type: 'citations_delta',
            citation: { type: 'web_search_result_location', cited_text: '406', url: 'https://example.com' },
          }),
          { type: 'vendor_event', unknown: true },
          {
            type: 'message_delta',
            delta: { stop_reason: 'pause_turn', stop_sequence: null },
            usage: {
              ...{ input_tokens: 40, cache_creation_input_tokens: 85, cache_read_input_tokens: 50 },
              ...{ output_tokens: 89, server_tool_use: { web_search_requests: 1 } },
            },
          },
          { type: 'message_stop' },
        ),
      ),
    ],
    ask: ({ anthropic }) =>
      streamed(anthropic, { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }),
    record: { ...COUNTED, finishReason: 'pause_turn', tokens: 2 },
  },
  {
    title: 'a stop sequence',
    answers: [
      sse(
        typed(
          starts,
          ...block(0, { type: 'text', text: '' }, text('Eins')),
          ...ends('stop_sequence', { stop_sequence: 'Zwei' }),
        ),
      ),
    ],
    ask: ({ anthropic }) => streamed(anthropic, { stop_sequences: ['Zwei'] }),
    record: { ...COUNTED, finishReason: 'stop_sequence', tokens: 1 },
  },
]

const IMAGE_BYTES = 2_097_152
const picture = Buffer.alloc(IMAGE_BYTES, 'weir 堰').toString('base64')

const whole: readonly Conversation[] = [
  {
    title: 'a tool is called and answers, in parts, with a picture and a document',
    answers: [
      json(
        message(
          [
            { type: 'thinking', thinking: 'Hm', signature: 'EqQB' },
            { type: 'tool_use', id: 'toolu_01', name: 'get_level', input: { city: 'Zürich', n: 1e21 } },
          ],
          'tool_use',
        ),
      ),
      json(
        `{"id":"msg_2","type":"message","role":"assistant","model":"${ANSWERED}","content":[{"type":"text","text":"\\u00e9 406"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":175,"cache_read_input_tokens":null,"output_tokens":89,"vendor":12345678901234567890}}`,
      ),
    ],
    ask: async ({ anthropic }) => {
      const first = await anthropic.messages.create({ ...ask, tools: [TOOL] })
      return anthropic.messages.create({
        ...ask,
        system: [{ type: 'text', text: 'Kurz.', cache_control: { type: 'ephemeral' } }],
        messages: [
          ...messages,
          { role: 'assistant', content: first.content },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'toolu_01', content: '4.06e2', is_error: false },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: picture } },
              { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Pegel' } },
            ],
          },
        ],
      })
    },
    record: { model: ANSWERED, promptTokens: 175, outputTokens: 89, finishReason: 'end_turn' },
  },
  {
    title: 'a beta, asked for by header and by query',
    answers: [json(message([{ type: 'text', text: '{"m":406}' }], 'refusal'))],
    ask: ({ anthropic }) =>
      anthropic.beta.messages.create({
        ...ask,
        betas: ['structured-outputs-2025-11-13'],
        output_format: { type: 'json_schema', schema: { type: 'object' } },
      }),
    record: { ...COUNTED, outputTokens: 1, finishReason: 'refusal' },
  },
  {
    title: 'tokens are counted',
    answers: [json({ input_tokens: 14 })],
    ask: ({ anthropic }) => anthropic.messages.countTokens({ model: MODEL, messages, tools: [TOOL] }),
    record: {},
  },
]

export const anthropicMessages = [...streams, ...whole]
