// Conversations in the smaller APIs of OpenAI: completions, embeddings, moderations.
import { asksUsage, data, dataDone, json, sse, type Conversation } from '../support/conversation.ts'

const MODEL = 'Qwen/Qwen3-4B'

type Fields = Readonly<Record<string, unknown>>

const chunk = (choices: readonly Fields[], more: Fields = {}): Fields => ({
  ...{ id: 'cmpl-5a', object: 'text_completion', created: 1789453300, model: MODEL },
  choices,
  ...more,
})

const choice = (text: string, index = 0, finish: string | null = null): Fields => ({
  ...{ index, text, finish_reason: finish, stop_reason: null },
  logprobs: { text_offset: [0], token_logprobs: [-0.25], tokens: [text], top_logprobs: [null] },
})

const USAGE = { prompt_tokens: 4, completion_tokens: 8, total_tokens: 12 }
const COUNTED = { promptTokens: 4, outputTokens: 8 }

export const openAiCompletions: readonly Conversation[] = [
  {
    title: 'two choices, interleaved, with log probabilities',
    answers: [
      sse(
        dataDone(
          chunk([choice('', 0)]),
          chunk([choice(' upon', 1)]),
          chunk([choice(' a time 从前', 0), choice('', 1, 'length')]),
          chunk([choice('', 0, 'stop')]),
        ),
        data(chunk([], { usage: USAGE })),
      ),
    ],
    ask: ({ openai }) =>
      openai.completions.create({ model: MODEL, prompt: ['Once', 'Es'], n: 1, logprobs: 1, stream: true }),
    edit: asksUsage,
    record: { model: MODEL, finishReason: 'stop', ...COUNTED, tokens: 2 },
  },
  {
    title: 'a prompt of tokens, echoed',
    answers: [
      json(
        `{"id":"cmpl-5a","object":"text_completion","created":1789453300,"model":"${MODEL}","choices":[{"index":0,"text":"Es war","logprobs":{"tokens":["Es"],"token_logprobs":[null,-1.0e-05],"top_logprobs":null,"text_offset":[0]},"finish_reason":"length"}],"usage":${JSON.stringify(USAGE)},"kv_transfer_params":null}`,
      ),
    ],
    ask: ({ openai }) =>
      openai.completions.create({
        model: MODEL,
        prompt: [1212, 318, 257],
        echo: true,
        suffix: '.',
        best_of: 2,
      }),
    record: { model: MODEL, finishReason: 'length', ...COUNTED },
  },
]

/** As NumPy prints them, and as no double prints itself: only bytes keep them apart. */
const FLOATS = '[0.0023064255,-0.009327292,1.0,-0.0,1e-07,5E-324,0.1000000000000000055,3.4028235e+38]'
const BASE64 = Buffer.from(new Float32Array([0.0023064255, -0.009327292, 1, -0, 1e-7]).buffer).toString(
  'base64',
)
const EMBEDDING_MODEL = 'text-embedding-3-small'

const embeddings = (embedding: string): string =>
  `{"object":"list","data":[{"object":"embedding","index":0,"embedding":${embedding}}],"model":"${EMBEDDING_MODEL}","usage":{"prompt_tokens":8,"total_tokens":8}}`

/** Over a mebibyte: an answer that is passed on as it comes. */
const MANY = `[${'0.0023064255,-0.009327292,'.repeat(45_000)}1]`

export const openAiEmbeddings: readonly Conversation[] = [
  {
    title: 'embeddings as base64, which the client asks for by itself',
    answers: [json(embeddings(`"${BASE64}"`))],
    ask: ({ openai }) => openai.embeddings.create({ model: EMBEDDING_MODEL, input: ['Wehr 堰', 'weir'] }),
    record: { model: EMBEDDING_MODEL, promptTokens: 8 },
  },
  {
    title: 'embeddings as numbers, each as it was printed',
    answers: [json(embeddings(FLOATS))],
    ask: ({ openai }) =>
      openai.embeddings.create({
        ...{ model: EMBEDDING_MODEL, input: [1212, 318], encoding_format: 'float', dimensions: 8 },
      }),
    record: { model: EMBEDDING_MODEL, promptTokens: 8 },
  },
  {
    title: 'embeddings over a mebibyte, their model and tokens at the end',
    answers: [json(embeddings(MANY))],
    ask: ({ openai }) =>
      openai.embeddings.create({ model: EMBEDDING_MODEL, input: 'x', encoding_format: 'float' }),
    record: { model: EMBEDDING_MODEL, promptTokens: 8 },
  },
  {
    title: 'embeddings over a mebibyte, their model first',
    answers: [
      json(
        `{"id":"embd-1","object":"list","created":1,"model":"${EMBEDDING_MODEL}","data":[{"index":0,"object":"embedding","embedding":${MANY}}],"usage":{"prompt_tokens":8,"total_tokens":8,"completion_tokens":0,"prompt_tokens_details":null}}`,
      ),
    ],
    ask: ({ openai }) =>
      openai.embeddings.create({ model: EMBEDDING_MODEL, input: 'x', encoding_format: 'float' }),
    record: { model: EMBEDDING_MODEL, promptTokens: 8, outputTokens: 0 },
  },
]

const MODERATION = {
  id: 'modr-0d9740',
  model: 'omni-moderation-latest',
  results: [
    {
      flagged: true,
      categories: { violence: true, 'self-harm': false },
      category_scores: { violence: 0.91, 'self-harm': 8.1e-6 },
      category_applied_input_types: { violence: ['image', 'text'], 'self-harm': [] },
    },
  ],
}

export const openAiModerations: readonly Conversation[] = [
  {
    title: 'a text and a picture are judged',
    answers: [json(MODERATION)],
    ask: ({ openai }) =>
      openai.moderations.create({
        model: 'omni-moderation-latest',
        input: [
          { type: 'text', text: 'Wehr' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      }),
    record: { model: MODERATION.model },
  },
]
