// Conversations in OpenAI's chat completions about how an answer is written down: its usage, its bytes, its packing.
import { gzipSync } from 'node:zlib'
import { asksUsage, data, dataDone, json, sse, type Conversation } from '../support/conversation.ts'
import type { Answer } from '../support/replay-backend.ts'
import {
  ANSWERED,
  COUNTED,
  MODEL,
  USAGE,
  USAGE_EVENT,
  begins,
  choice,
  chunk,
  completion,
  ends,
  messages,
  says,
  streamed,
} from './openai-chunks.ts'

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

export const openAiSpelling = [...usage, ...spelling, ...compressed]
