// One plain question in each API that generates, and how a model server of that API begins to answer and says it failed.
import type { DialectName } from '../../../src/core/record.ts'
import type { Clients } from './clients.ts'
import { data, json, lines, ndjson, sse, typed } from './conversation.ts'
import type { Answer } from './replay-backend.ts'

/** As a model server would spell it. */
export interface Trouble {
  readonly status: number
  /** OpenAI's and Anthropic's word for it. */
  readonly word: string
  readonly message: string
}

export interface Call {
  readonly name: string
  readonly dialect: DialectName
  ask(clients: Clients, model: string, stream: boolean): PromiseLike<unknown>
  /** Two events, the second with a token, and then whatever follows. */
  begin(then: string): Answer
  /** An error as an event of the stream. */
  errorEvent(trouble: Trouble): string
  /** An error as a body, with its status or another. */
  errorBody(trouble: Trouble, status: number): Answer
}

const MODEL = 'backend-model'
const messages = [{ role: 'user' as const, content: 'Wie hoch?' }]

const openAiError = ({ word, message }: Trouble): object => ({
  error: { message, type: word, param: null, code: word },
})
const anthropicError = ({ word, message }: Trouble): { type: string; error: object } => ({
  ...{ type: 'error', error: { type: word, message } },
})
const ollamaError = ({ message }: Trouble): Record<string, unknown> => ({ error: message })

const chunk = (choice: object): Record<string, unknown> => ({ id: 'c', model: MODEL, choices: [choice] })

const openAiBody = (trouble: Trouble, status: number): Answer =>
  json(JSON.stringify(openAiError(trouble)), status)
const ollamaBody = (trouble: Trouble, status: number): Answer => json(ollamaError(trouble), status)

const chat: Call = {
  name: 'chat completions',
  dialect: 'openai',
  ask: ({ openai }, model, stream) => openai.chat.completions.create({ model, messages, stream }),
  begin: (then) =>
    sse(
      data(
        chunk({ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }),
        chunk({ index: 0, delta: { content: 'Vier' }, finish_reason: null }),
      ) + then,
    ),
  errorEvent: (trouble) => data({ ...openAiError(trouble) }),
  errorBody: openAiBody,
}

const completions: Call = {
  ...chat,
  name: 'completions',
  ask: ({ openai }, model, stream) => openai.completions.create({ model, prompt: 'Es war', stream }),
  begin: (then) =>
    sse(
      data(
        chunk({ index: 0, text: '', finish_reason: null }),
        chunk({ index: 0, text: ' einmal', finish_reason: null }),
      ) + then,
    ),
}

const responses: Call = {
  ...chat,
  name: 'responses',
  ask: ({ openai }, model, stream) => openai.responses.create({ model, input: 'Wie hoch?', stream }),
  begin: (then) =>
    sse(
      typed(
        {
          type: 'response.created',
          sequence_number: 0,
          response: { id: 'r', status: 'in_progress', model: MODEL },
        },
        { type: 'response.output_text.delta', sequence_number: 1, delta: 'Vier' },
      ) + then,
    ),
  errorEvent: ({ word, message }) =>
    typed({ type: 'error', code: word, message, param: null, sequence_number: 2 }),
}

const claude: Call = {
  name: 'messages',
  dialect: 'anthropic',
  ask: ({ anthropic }, model, stream) =>
    anthropic.messages.create({ model, messages, max_tokens: 64, stream }),
  begin: (then) =>
    sse(
      typed(
        {
          type: 'message_start',
          message: { id: 'm', type: 'message', model: MODEL, content: [], usage: {} },
        },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Vier' } },
      ) + then,
    ),
  errorEvent: (trouble) => typed(anthropicError(trouble)),
  errorBody: (trouble, status) => json({ ...anthropicError(trouble) }, status),
}

const ollamaChat: Call = {
  name: "Ollama's chat",
  dialect: 'ollama',
  ask: ({ ollama }, model, stream) =>
    stream ? ollama.chat({ model, messages, stream: true }) : ollama.chat({ model, messages }),
  begin: (then) =>
    ndjson(
      lines(
        { model: MODEL, message: { role: 'assistant', content: '' }, done: false },
        { model: MODEL, message: { role: 'assistant', content: 'Vier' }, done: false },
      ) + then,
    ),
  errorEvent: (trouble) => lines(ollamaError(trouble)),
  errorBody: ollamaBody,
}

const ollamaGenerate: Call = {
  ...ollamaChat,
  name: "Ollama's generate",
  ask: ({ ollama }, model, stream) =>
    stream
      ? ollama.generate({ model, prompt: 'Es', stream: true })
      : ollama.generate({ model, prompt: 'Es' }),
  begin: (then) =>
    ndjson(
      lines({ model: MODEL, response: '', done: false }, { model: MODEL, response: ' war', done: false }) +
        then,
    ),
}

export const CALLS: readonly Call[] = [chat, completions, responses, claude, ollamaChat, ollamaGenerate]
