// Conversations in Ollama's own API.
import { json, lines, ndjson, type Conversation } from '../support/conversation.ts'

const MODEL = 'qwen3:8b'
const messages = [{ role: 'user', content: 'Wie hoch steht das Wasser am Wehr (堰)?' }]

type Fields = Readonly<Record<string, unknown>>

const AT = { model: MODEL, created_at: '2026-09-15T07:00:11.123456789Z' }
const says = (content: string, more: Fields = {}): Fields => ({
  ...AT,
  message: { role: 'assistant', content, ...more },
  done: false,
})
const STATS = {
  ...{ total_duration: 6123456789, load_duration: 4000000000 },
  ...{ prompt_eval_count: 26, prompt_eval_duration: 123456789, eval_count: 5, eval_duration: 1900000000 },
}
const ends = (reason = 'stop'): Fields => ({
  ...AT,
  message: { role: 'assistant', content: '' },
  ...{ done: true, done_reason: reason },
  ...STATS,
})
const COUNTED = { model: MODEL, promptTokens: 26, outputTokens: 5 }
const STOPPED = { ...COUNTED, finishReason: 'stop' }

const call = (name: string, index: number): Fields => ({
  id: `call_${index}`,
  function: { index, name, arguments: { city: 'Zürich', depth: 1e21 } },
})

const TOOL = {
  type: 'function',
  function: { name: 'get_level', description: 'Pegel', parameters: { type: 'object' } },
}

const chats: readonly Conversation[] = [
  {
    title: 'thinking, text and two tool calls, streamed',
    answers: [
      ndjson(
        lines(
          says('', { thinking: 'Mal' }),
          says('', { thinking: ' sehen 看' }),
          says('Ich frage 🌊'),
          says('', { tool_calls: [call('get_level', 0)] }),
          says('', { tool_calls: [call('get_level', 1)] }),
          ends(),
        ),
      ),
    ],
    ask: ({ ollama }) => ollama.chat({ model: MODEL, messages, tools: [TOOL], think: true, stream: true }),
    record: { ...STOPPED, tokens: 5 },
  },
  {
    title: 'log probabilities, options, and numbers that only bytes keep',
    answers: [
      ndjson(
        lines(
          `{"model":"${MODEL}","created_at":"2026-09-15T07:00:11Z","message":{"role":"assistant","content":"\\u00e9"},"done":false,"logprobs":[{"token":"\\u00e9","logprob":-1e-07,"bytes":[195,169],"top_logprobs":[{"token":"e","logprob":-9999.0}]}],"big":12345678901234567890}`,
          '',
          ends('length'),
        ),
      ),
    ],
    ask: ({ ollama }) =>
      ollama.chat({
        ...{ model: MODEL, messages, stream: true, logprobs: true, top_logprobs: 1, keep_alive: '10m' },
        options: { temperature: 0.1, num_ctx: 8_192, seed: 7 },
      }),
    record: { ...COUNTED, finishReason: 'length', tokens: 1 },
  },
  {
    title: 'a picture, and output that must follow a schema',
    answers: [
      json({
        ...AT,
        message: { role: 'assistant', content: '{"m":4.06E2}' },
        done: true,
        done_reason: 'stop',
        ...STATS,
      }),
    ],
    ask: ({ ollama }) =>
      ollama.chat({
        model: MODEL,
        messages: [{ role: 'user', content: 'Was ist das?', images: [Buffer.alloc(1_572_864, 'weir 堰')] }],
        format: { type: 'object', properties: { m: { type: 'number' } } },
      }),
    record: STOPPED,
  },
  {
    title: 'a tool answers, and the model goes on',
    answers: [
      json({ ...ends(), message: { role: 'assistant', content: '', tool_calls: [call('get_level', 0)] } }),
      ndjson(lines(says('406'), ends())),
    ],
    ask: async ({ ollama }) => {
      const { message } = await ollama.chat({ model: MODEL, messages, tools: [TOOL] })
      const result = { role: 'tool', tool_name: 'get_level', content: '406' }
      return ollama.chat({ model: MODEL, messages: [...messages, message, result], stream: true })
    },
    record: { ...STOPPED, tokens: 1 },
  },
  {
    title: 'a model is loaded by asking it nothing',
    answers: [json({ ...AT, message: { role: 'assistant', content: '' }, done_reason: 'load', done: true })],
    ask: ({ ollama }) => ollama.chat({ model: MODEL, messages: [], keep_alive: -1 }),
    record: { model: MODEL, finishReason: 'load' },
  },
  {
    title: 'an answer over a mebibyte, its counts at the end',
    answers: [
      json({
        ...ends('length'),
        message: { role: 'assistant', content: '"eval_count":7, 长 '.repeat(60_000) },
      }),
    ],
    ask: ({ ollama }) => ollama.chat({ model: MODEL, messages }),
    record: { ...COUNTED, finishReason: 'length' },
  },
]

const others: readonly Conversation[] = [
  {
    title: 'generate, streamed, with thinking and the context to go on from',
    answers: [
      ndjson(
        lines(
          { ...AT, response: '', thinking: 'Hm', done: false },
          { ...AT, response: '从', done: false },
          { ...AT, response: '前', done: false },
          { ...AT, response: '', done: true, done_reason: 'stop', context: [151644, 872, 198], ...STATS },
        ),
      ),
    ],
    ask: ({ ollama }) =>
      ollama.generate({
        ...{ model: MODEL, prompt: 'Es war einmal', suffix: '.', system: 'Kurz.', stream: true },
        ...{ context: [1, 2, 3], images: ['iVBORw0KGgo='], format: 'json' },
      }),
    record: { ...STOPPED, tokens: 3 },
  },
  {
    title: 'generate over a mebibyte, a context between the text and its counts',
    answers: [
      json({
        ...{ ...AT, response: 'x'.repeat(1_200_000), done: true, done_reason: 'stop' },
        ...{ context: Array.from({ length: 1_500 }, (_, index) => 151_644 + index), ...STATS },
      }),
    ],
    ask: ({ ollama }) => ollama.generate({ model: MODEL, prompt: 'x' }),
    record: STOPPED,
  },
  {
    title: 'embeddings, each number as it was printed',
    answers: [
      json(
        '{"model":"nomic-embed-text","embeddings":[[0.0127,-0.0,1e-07,5E-324],[1.0,2,3,4]],"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":8}',
      ),
    ],
    ask: ({ ollama }) =>
      ollama.embed({ model: 'nomic-embed-text', input: ['Wehr 堰', 'weir'], truncate: true }),
    record: { model: 'nomic-embed-text', promptTokens: 8 },
  },
  {
    title: 'embeddings over a mebibyte, their count at the end',
    answers: [
      json(
        `{"model":"nomic-embed-text","embeddings":[[${'0.0127,'.repeat(160_000)}1]],"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":8}`,
      ),
    ],
    ask: ({ ollama }) => ollama.embed({ model: 'nomic-embed-text', input: 'x' }),
    record: { model: 'nomic-embed-text', promptTokens: 8 },
  },
  {
    title: 'embeddings as they were asked for before',
    answers: [json('{"embedding":[0.0127,-0.0,1e-07]}')],
    ask: ({ ollama }) => ollama.embeddings({ model: 'nomic-embed-text', prompt: 'Wehr' }),
    record: {},
  },
  {
    title: 'a model is described',
    answers: [
      json(
        '{"modelfile":"FROM x","template":"{{ .Prompt }}","details":{"family":"qwen3","parameter_size":"8.2B"},"model_info":{"general.parameter_count":8190735360,"big":12345678901234567890},"capabilities":["completion","tools","thinking"]}',
      ),
    ],
    ask: ({ ollama }) => ollama.show({ model: MODEL }),
    record: {},
  },
]

export const ollama = [...chats, ...others]
