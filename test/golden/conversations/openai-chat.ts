// Conversations in OpenAI's chat completions.
import { gzipSync } from 'node:zlib'
import { zodResponseFormat } from 'openai/helpers/zod'
import type OpenAI from 'openai'
import { z } from 'zod'
import { asksUsage, data, dataDone, json, sse, type Conversation } from '../support/conversation.ts'
import type { Answer } from '../support/replay-backend.ts'

const MODEL = 'gpt-5-mini'
const ANSWERED = 'gpt-5-mini-2025-08-07'
const messages = [{ role: 'user' as const, content: 'Wie hoch steht das Wasser am Wehr (堰)? 🌊' }]

type Fields = Readonly<Record<string, unknown>>

const chunk = (choices: readonly Fields[], more: Fields = {}): Fields => ({
  id: 'chatcmpl-C9',
  object: 'chat.completion.chunk',
  created: 1789453211,
  model: ANSWERED,
  service_tier: 'default',
  system_fingerprint: 'fp_51db84afab',
  choices,
  ...more,
})

const choice = (delta: Fields, finish: string | null = null, index = 0): Fields => ({
  index,
  delta,
  logprobs: null,
  finish_reason: finish,
})

const says = (content: string, index = 0): Fields => chunk([choice({ content }, null, index)])
const begins = (index = 0): Fields => chunk([choice({ role: 'assistant', content: '' }, null, index)])
const ends = (finish = 'stop', index = 0): Fields => chunk([choice({}, finish, index)])

const USAGE = {
  prompt_tokens: 21,
  completion_tokens: 14,
  total_tokens: 35,
  prompt_tokens_details: { cached_tokens: 16, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 3, accepted_prediction_tokens: 0 },
}
const COUNTED = { promptTokens: 21, outputTokens: 14, cachedTokens: 16, reasoningTokens: 3 }
const USAGE_EVENT = data(chunk([], { usage: USAGE, obfuscation: 'k' }))

const completion = (choices: readonly Fields[], more: Fields = {}): Fields => ({
  id: 'chatcmpl-C9',
  object: 'chat.completion',
  created: 1789453211,
  model: ANSWERED,
  choices,
  usage: USAGE,
  service_tier: 'default',
  system_fingerprint: 'fp_51db84afab',
  ...more,
})

const GET_LEVEL: OpenAI.ChatCompletionFunctionTool = {
  type: 'function',
  function: {
    name: 'get_level',
    description: 'Pegelstand',
    strict: true,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}

const call = (index: number, id: string): Fields => ({
  ...{ index, id, type: 'function' },
  function: { name: 'get_level', arguments: '' },
})
const argument = (index: number, text: string): Fields => ({ index, function: { arguments: text } })
const calls = (...tool_calls: readonly Fields[]): Fields => chunk([choice({ tool_calls })])

const streamed = (
  client: OpenAI,
  more: Partial<OpenAI.ChatCompletionCreateParamsStreaming> = {},
): PromiseLike<unknown> => client.chat.completions.create({ model: MODEL, messages, stream: true, ...more })

const tools: readonly Conversation[] = [
  {
    title: 'parallel tool calls, their fragments interleaved',
    answers: [
      sse(
        dataDone(
          chunk([choice({ role: 'assistant', content: null })]),
          calls(call(0, 'call_a')),
          calls(call(1, 'call_b'), argument(0, '{"ci')),
          calls(argument(1, '{"city": "M')),
          calls(argument(0, 'ty":"Zürich"}'), argument(1, 'ünchen 🏙"}')),
          ends('tool_calls'),
        ),
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) =>
      streamed(openai, { tools: [GET_LEVEL], parallel_tool_calls: true, tool_choice: 'required' }),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'tool_calls', ...COUNTED, tokens: 4 },
  },
  {
    title: 'a tool is called, answers, and the model goes on',
    answers: [
      json(
        completion([
          {
            index: 0,
            message: {
              ...{ role: 'assistant', content: null, refusal: null, annotations: [] },
              tool_calls: [
                {
                  id: 'call_a',
                  type: 'function',
                  function: { name: 'get_level', arguments: '{ "city" :\t"Zürich" }' },
                },
              ],
            },
            logprobs: null,
            finish_reason: 'tool_calls',
          },
        ]),
      ),
      sse(dataDone(begins(), says('406 '), says('m 堰'), ends()), USAGE_EVENT),
    ],
    ask: async ({ openai }) => {
      const first = await openai.chat.completions.create({ model: MODEL, messages, tools: [GET_LEVEL] })
      const asked = first.choices[0]?.message
      const result = { role: 'tool' as const, tool_call_id: 'call_a', content: '{"level":4.06e2}' }
      return streamed(openai, {
        messages: [...messages, ...(asked === undefined ? [] : [asked]), result],
        stream_options: { include_usage: true },
      })
    },
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 2 },
  },
  {
    title: 'the helper that joins a stream gives the same calls',
    answers: [
      sse(
        dataDone(
          begins(),
          calls(call(0, 'call_a')),
          calls(argument(0, '{"city":"Ulm"}')),
          ends('tool_calls'),
        ),
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) =>
      openai.chat.completions.stream({ model: MODEL, messages, tools: [GET_LEVEL] }).finalChatCompletion(),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'tool_calls', ...COUNTED, tokens: 2 },
  },
  {
    title: 'a function call as they were before tools',
    answers: [
      sse(
        dataDone(
          chunk([choice({ role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } })]),
          chunk([choice({ function_call: { arguments: '{}' } })]),
          ends('function_call'),
        ),
      ),
    ],
    ask: ({ openai }) => streamed(openai, { functions: [{ name: 'f' }], function_call: 'auto' }),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'function_call', tokens: 2 },
  },
]

const LOGPROBS = `{"content":[{"token":"\\u00e9","logprob":-0.31725305,"bytes":[195,169],"top_logprobs":[{"token":"e","logprob":-9999.0,"bytes":[101]},{"token":"🌊","logprob":-1e-07,"bytes":null}]}],"refusal":null}`

const choicesAndTokens: readonly Conversation[] = [
  {
    title: 'three choices, interleaved, each with its own end',
    answers: [
      sse(
        dataDone(
          begins(0),
          begins(2),
          says('a', 0),
          begins(1),
          says('c', 2),
          ends('length', 2),
          chunk([choice({ content: 'b' }, null, 1), choice({ content: 'A' }, null, 0)]),
          ends('stop', 0),
          ends('stop', 1),
        ),
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) => streamed(openai, { n: 3 }),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 3 },
  },
  {
    title: 'log probabilities, streamed',
    answers: [
      sse(
        dataDone(
          begins(),
          `{"id":"chatcmpl-C9","object":"chat.completion.chunk","created":1789453211,"model":"${ANSWERED}","choices":[{"index":0,"delta":{"content":"\\u00e9"},"logprobs":${LOGPROBS},"finish_reason":null}]}`,
          ends('length'),
        ),
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) => streamed(openai, { logprobs: true, top_logprobs: 2, max_completion_tokens: 1 }),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'length', ...COUNTED, tokens: 1 },
  },
  {
    title: 'log probabilities, whole',
    answers: [
      json(
        `{"id":"chatcmpl-C9","object":"chat.completion","created":1789453211,"model":"${ANSWERED}","choices":[{"index":0,"message":{"role":"assistant","content":"é"},"logprobs":${LOGPROBS},"finish_reason":"stop"}]}`,
      ),
    ],
    ask: ({ openai }) =>
      openai.chat.completions.create({ model: MODEL, messages, logprobs: true, top_logprobs: 2 }),
    record: { model: ANSWERED, finishReason: 'stop' },
  },
]

const reasoning: readonly Conversation[] = [
  {
    title: 'reasoning as vLLM and DeepSeek send it',
    answers: [
      sse(
        `: keep-alive\n\n${dataDone(
          begins(),
          chunk([choice({ reasoning_content: 'Die Frage…' })]),
          chunk([choice({ reasoning_content: ' 想', content: null })]),
          says('406'),
          ends(),
        )}`,
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) => streamed(openai, { reasoning_effort: 'high' }),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 3 },
  },
  {
    title: 'reasoning as Ollama and OpenRouter send it, details and comments included',
    answers: [
      sse(
        `: OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n${dataDone(
          begins(),
          chunk([choice({ content: '', reasoning: 'Hm' })], { provider: 'Somebody' }),
          chunk([
            choice({
              content: '',
              reasoning_details: [{ type: 'reasoning.encrypted', data: 'gAAA', format: null, index: 0 }],
            }),
          ]),
          says('406'),
          chunk([{ ...choice({ content: '' }, 'stop'), native_finish_reason: 'STOP' }]),
        )}`,
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 3 },
  },
  {
    title: 'a refusal, streamed',
    answers: [
      sse(
        dataDone(
          chunk([choice({ role: 'assistant', refusal: '' })]),
          chunk([choice({ refusal: 'Nein.' })]),
          ends(),
        ),
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 1 },
  },
]

const IMAGE_BYTES = 2_097_152
const image = `data:image/png;base64,${Buffer.alloc(IMAGE_BYTES, 'weir 堰').toString('base64')}`

const Level = z.object({ city: z.string(), metres: z.number() })

const content: readonly Conversation[] = [
  {
    title: 'images, audio and files in the parts of a message',
    answers: [
      json(
        completion([
          { index: 0, message: { role: 'assistant', content: 'Ein Wehr.' }, finish_reason: 'stop' },
        ]),
      ),
    ],
    ask: ({ openai }) =>
      openai.chat.completions.create({
        model: MODEL,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Was ist das?' },
              { type: 'image_url', image_url: { url: image, detail: 'high' } },
              { type: 'image_url', image_url: { url: 'https://example.com/weir.jpg' } },
              { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
              {
                type: 'file',
                file: { filename: 'pegel.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
              },
            ],
          },
        ],
      }),
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED },
  },
  {
    title: 'structured output, parsed by the client',
    answers: [
      json(
        completion([
          {
            index: 0,
            message: { role: 'assistant', content: '{"city":"Z\\u00fcrich","metres":4.06E2}', refusal: null },
            finish_reason: 'stop',
          },
        ]),
      ),
    ],
    ask: ({ openai }) =>
      openai.chat.completions.parse({
        model: MODEL,
        messages,
        response_format: zodResponseFormat(Level, 'level'),
      }),
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED },
  },
  {
    title: 'spoken answers',
    answers: [
      sse(
        dataDone(
          chunk([choice({ role: 'assistant', audio: { id: 'audio_1', transcript: 'Vier' } })]),
          chunk([choice({ audio: { data: 'UklGRg==' } })]),
          chunk([choice({ audio: { expires_at: 1789453299 } })]),
          ends(),
        ),
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) =>
      streamed(openai, { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'pcm16' } }),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 2 },
  },
]

const usage: readonly Conversation[] = [
  {
    title: 'usage that was asked for, with padding against listeners',
    answers: [
      sse(
        dataDone(
          chunk([choice({ role: 'assistant', content: '' })], { usage: null, obfuscation: 'x9Qd' }),
          chunk([choice({ content: 'A' })], { usage: null, obfuscation: '' }),
          chunk([choice({}, 'stop')], { usage: null }),
        ),
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) =>
      streamed(openai, { stream_options: { include_usage: true, include_obfuscation: true } }),
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 1 },
  },
  {
    title: 'options of a stream without usage in them',
    answers: [sse(dataDone(begins(), says('A'), ends()), USAGE_EVENT)],
    ask: ({ openai }) => streamed(openai, { stream_options: { include_obfuscation: false } }),
    edit: (sent) => sent.replace('"stream_options":{', '"stream_options":{"include_usage":true,'),
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 1 },
  },
  {
    title: 'usage that was declined',
    answers: [sse(dataDone(begins(), says('A'), ends()), USAGE_EVENT)],
    ask: ({ openai }) => streamed(openai, { stream_options: { include_usage: false } }),
    edit: (sent) => sent.replace('"include_usage":false', '"include_usage":true'),
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 1 },
  },
  {
    title: 'usage that a server puts into its last choice, asked or not',
    answers: [sse(dataDone(begins(), says('A'), chunk([choice({}, 'stop')], { usage: USAGE })))],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 1 },
  },
  {
    title: 'usage of DeepSeek, whose cache has a name of its own',
    answers: [
      sse(
        dataDone(begins(), says('A'), ends()),
        data(chunk([], { usage: { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 8 } })),
      ),
    ],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: {
      ...{ model: ANSWERED, finishReason: 'stop', tokens: 1 },
      ...{ promptTokens: 9, outputTokens: 1, cachedTokens: 8 },
    },
  },
  {
    title: 'a server that does not know how to count',
    answers: [sse(dataDone(begins(), says('A'), ends()))],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', tokens: 1 },
  },
]

/** What a parser that prints again would change: digits beyond a double, forms of numbers, escapes, blanks, equal keys. */
const ODD = String.raw`"vendor":{"big":12345678901234567890,"n":[1E+2,-0,0.10000000000000000555,1e-7],"s":"\u00e9\/\ud83c\udf0a","twice":1,"twice":2 , "deep":[[[{}]]]}`

const spelling: readonly Conversation[] = [
  {
    title: 'numbers, escapes and blanks that only bytes keep',
    answers: [
      sse(
        dataDone(
          `{ "id":"c", "object":"chat.completion.chunk","created":1789453211,"model":"${ANSWERED}",${ODD},\t"choices":[{"index":0,"delta":{"content":"\\u00e9\\/\\ud83c\\udf0a"},"finish_reason":null}]}`,
          ends(),
        ),
      ),
    ],
    ask: ({ openai }) => streamed(openai, { seed: 2 ** 53 - 1, temperature: 1e-7 }),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', tokens: 1 },
  },
  {
    title: 'every form in which a stream of events may be written',
    answers: [
      sse(
        [
          `\ufeffdata:${JSON.stringify(says('A'))}\r\n`,
          'retry: 3000\r\nid: 7\r\n\r\n',
          ': a comment\r\r',
          `event: message\rdata: ${JSON.stringify(says('B'))}\r\r`,
          'data: {"id":"c","model":"other",\ndata:  "choices":[{"index":0,\ndata: "delta":{"content":"C"}}]}\n\n',
          ':\n\n',
          `x-unknown: 1\ndata: ${JSON.stringify(ends())}\n\n`,
          'data: [DONE]\n\n',
        ].join(''),
      ),
    ],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', tokens: 3 },
  },
  {
    title: 'fields and events of a vendor that nobody here knows',
    answers: [
      sse(
        `event: vendor.progress\ndata: {"percent":12}\n\n${dataDone(
          chunk([], {
            prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
            usage: null,
          }),
          chunk([{ ...choice({ content: 'A', vendor_field: { x: [1] } }), content_filter_results: {} }], {
            x_groq: { id: 'req_1' },
            citations: ['https://example.com'],
          }),
          chunk([choice({}, 'stop')], { timings: { prompt_ms: 84.25, predicted_ms: 96.5 }, error: null }),
        )}`,
        USAGE_EVENT,
      ),
    ],
    ask: ({ openai }) => streamed(openai, { ...({ vendor_option: [1, 2] } as object) }),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', ...COUNTED, tokens: 1 },
  },
  {
    title: 'an answer without a word',
    answers: [sse(dataDone(begins(), ends('content_filter')), USAGE_EVENT)],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'content_filter', ...COUNTED },
  },
  {
    title: 'fields that mean no error although they are called so',
    answers: [
      sse(
        dataDone(
          chunk([choice({ content: 'A' })], { error: '' }),
          chunk([choice({}, '')], { error: false }),
          ends(),
        ),
      ),
    ],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: { model: ANSWERED, finishReason: 'stop', tokens: 1 },
  },
]

/** Sent although it was asked not to: what cannot be read is passed on as it is, and its record says nothing of it. */
const packed = (answer: Answer): Answer => ({
  ...answer,
  headers: { 'content-encoding': 'gzip' },
  body: gzipSync(answer.body),
})

const compressed: readonly Conversation[] = [
  {
    title: 'a compressed answer, whole',
    answers: [packed(json(completion([{ index: 0, message: { content: 'Vier 堰' } }])))],
    ask: ({ openai }) => openai.chat.completions.create({ model: MODEL, messages }),
    record: {},
  },
  {
    title: 'a compressed stream',
    answers: [packed(sse(dataDone(begins(), says('Vier 堰'), ends())))],
    ask: ({ openai }) => streamed(openai),
    edit: asksUsage,
    record: {},
  },
]

export const openAiChat = [
  ...compressed,
  ...tools,
  ...choicesAndTokens,
  ...reasoning,
  ...content,
  ...usage,
  ...spelling,
]
