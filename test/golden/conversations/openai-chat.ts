// Conversations in OpenAI's chat completions: tools, choices, reasoning, and what a message may be made of.
import { zodResponseFormat } from 'openai/helpers/zod'
import type OpenAI from 'openai'
import { z } from 'zod'
import { asksUsage, dataDone, json, sse, type Conversation } from '../support/conversation.ts'
import {
  ANSWERED,
  COUNTED,
  MODEL,
  USAGE_EVENT,
  begins,
  choice,
  chunk,
  completion,
  ends,
  messages,
  says,
  streamed,
  type Fields,
} from './openai-chunks.ts'

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

export const openAiChat = [...tools, ...choicesAndTokens, ...reasoning, ...content]
