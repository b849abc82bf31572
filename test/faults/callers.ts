// Callers of every dialect, and how each of them can tell that an answer is complete, an error, or broken off.
// What none of the three is, is a silent truncation: the one thing that must never happen.
import { gunzipSync } from 'node:zlib'
import type { Conversation, WireAnswer } from './wire.ts'

/** `code` where the dialect has a place for one. */
export type Verdict =
  | { readonly kind: 'complete' }
  | {
      readonly kind: 'error'
      /** In the middle of a stream it is 200. */
      readonly status: number
      readonly code: string | undefined
      readonly message: string
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'silent truncation'; readonly why: string }

export interface Caller {
  readonly name: string
  readonly path: string
  readonly stream: boolean
  readonly headers: Readonly<Record<string, string>>
  toBody(prompt: string, model?: string): string
  /** Reads the body of a 2xx. */
  judge(body: Buffer): Verdict
  /** Reads the body of an error answer: its code and message, undefined when it does not have the dialect's shape. */
  readError(body: unknown): { code: string | undefined; message: string } | undefined
}

/** What the caller of one request can know. */
export function judge(caller: Caller, { answers, ended }: Conversation): Verdict {
  const answer = answers.find(({ status }) => status >= 200 || status === 0)
  if (answer?.whole !== true) {
    return ended === 'left' ? { kind: 'silent truncation', why: 'never ended' } : { kind: 'reset' }
  }
  if (answer.status === 200) return judgeAnswer(caller, answer)
  const error = caller.readError(parseJson(answer.body.toString('utf8')))
  if (error === undefined) return { kind: 'silent truncation', why: 'an error of another dialect' }
  return { kind: 'error', status: answer.status, ...error }
}

function judgeAnswer(caller: Caller, answer: WireAnswer): Verdict {
  try {
    return caller.judge(unpack(answer))
  } catch {
    return SILENT('cannot be unpacked')
  }
}

export function unpack(answer: WireAnswer): Buffer {
  return answer.headers.get('content-encoding') === 'gzip' ? gunzipSync(answer.body) : answer.body
}

type Json = Readonly<Record<string, unknown>>

function parseJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

const SILENT = (why: string): Verdict => ({ kind: 'silent truncation', why })
const COMPLETE: Verdict = { kind: 'complete' }

/** The data of each event, in order. Anything that is not an event makes the last one undefined. */
function eventsOf(body: Buffer): (string | undefined)[] {
  const text = body.toString('utf8')
  const events = text.split('\n\n')
  const rest = events.pop()
  const datas = events
    .filter((event) => !event.startsWith(':'))
    .map((event) =>
      event
        .split('\n')
        .find((line) => line.startsWith('data:'))
        ?.slice('data:'.length)
        .trim(),
    )
  return rest === '' ? datas : [...datas, undefined]
}

/** Reads a stream to its end; everything before the end must be sound JSON, and nothing may follow it. */
function judgeEvents(
  events: readonly (string | undefined)[],
  isEnd: (data: string, json: Json | undefined) => boolean,
  toError: (json: Json) => { code: string | undefined; message: string } | undefined,
): Verdict {
  for (const [index, data] of events.entries()) {
    const json = data === undefined ? undefined : parseJson(data)
    const isLast = index === events.length - 1
    if (data !== undefined && isEnd(data, json)) return isLast ? COMPLETE : SILENT('bytes behind the end')
    if (json === undefined) return SILENT(`event ${index} is not sound`)
    const error = toError(json)
    if (error !== undefined) {
      return isLast ? { kind: 'error', status: 200, ...error } : SILENT('bytes behind the error')
    }
  }
  return SILENT('the stream just ends')
}

function judgeWhole(body: Buffer, isAnswer: (json: Json) => boolean): Verdict {
  const json = parseJson(body.toString('utf8'))
  return json !== undefined && isAnswer(json) ? COMPLETE : SILENT('not a whole answer')
}

function objectIn(json: Json, key: string): Json | undefined {
  const value = json[key]
  return typeof value === 'object' && value !== null ? (value as Json) : undefined
}

function textIn(json: Json | undefined, key: string): string | undefined {
  const value = json?.[key]
  return typeof value === 'string' ? value : undefined
}

/** `{"error":{"message","type","param","code"}}` */
function readOpenAiError(body: unknown): { code: string | undefined; message: string } | undefined {
  const error = objectIn((body ?? {}) as Json, 'error')
  const message = textIn(error, 'message')
  if (message === undefined || textIn(error, 'type') === undefined) return undefined
  return { code: textIn(error, 'code'), message }
}

/** `{"type":"error","error":{"type","message"},"request_id"}` */
function readAnthropicError(body: unknown): { code: undefined; message: string } | undefined {
  const json = (body ?? {}) as Json
  const error = objectIn(json, 'error')
  const message = textIn(error, 'message')
  const isSound = json['type'] === 'error' && textIn(error, 'type') !== undefined
  return isSound && message !== undefined ? { code: undefined, message } : undefined
}

/** `{"error":"…"}`: Ollama's clients print it as it is. */
function readOllamaError(body: unknown): { code: undefined; message: string } | undefined {
  const message = textIn((body ?? {}) as Json, 'error')
  return message === undefined ? undefined : { code: undefined, message }
}

const MODEL = 'sim-chat'
const toMessages = (prompt: string) => [{ role: 'user', content: prompt }]

function openAiChat(stream: boolean): Caller {
  return {
    name: `openai chat ${stream ? 'stream' : 'whole'}`,
    path: '/v1/chat/completions',
    stream,
    headers: {},
    toBody: (prompt, model = MODEL) => JSON.stringify({ model, stream, messages: toMessages(prompt) }),
    judge: (body) =>
      stream
        ? judgeEvents(eventsOf(body), (data) => data === '[DONE]', readOpenAiError)
        : judgeWhole(body, ({ choices }) => Array.isArray(choices) && choices.length > 0),
    readError: readOpenAiError,
  }
}

const openAiResponses: Caller = {
  name: 'openai responses stream',
  path: '/v1/responses',
  stream: true,
  headers: {},
  toBody: (prompt, model = MODEL) => JSON.stringify({ model, stream: true, input: prompt }),
  judge: (body) =>
    judgeEvents(
      eventsOf(body),
      (_, json) => json?.['type'] === 'response.completed',
      (json) =>
        json['type'] === 'error'
          ? { code: textIn(json, 'code'), message: textIn(json, 'message') ?? '' }
          : undefined,
    ),
  readError: readOpenAiError,
}

function anthropic(stream: boolean): Caller {
  return {
    name: `anthropic ${stream ? 'stream' : 'whole'}`,
    path: '/v1/messages',
    stream,
    headers: { 'anthropic-version': '2023-06-01' },
    toBody: (prompt, model = MODEL) =>
      JSON.stringify({ model, max_tokens: 1_024, stream, messages: toMessages(prompt) }),
    judge: (body) =>
      stream
        ? judgeEvents(eventsOf(body), (_, json) => json?.['type'] === 'message_stop', readAnthropicError)
        : judgeWhole(body, ({ type, content }) => type === 'message' && Array.isArray(content)),
    readError: readAnthropicError,
  }
}

function ollama(stream: boolean): Caller {
  return {
    name: `ollama chat ${stream ? 'stream' : 'whole'}`,
    path: '/api/chat',
    stream,
    headers: {},
    toBody: (prompt, model = MODEL) => JSON.stringify({ model, stream, messages: toMessages(prompt) }),
    judge(body) {
      const lines = body.toString('utf8').split('\n')
      const rest = lines.pop()
      if (!stream) return judgeWhole(body, ({ message, done }) => message !== undefined && done === true)
      const events = rest === '' ? lines : [...lines, undefined]
      return judgeEvents(events, (_, json) => json?.['done'] === true, readOllamaError)
    },
    readError: readOllamaError,
  }
}

export const callers: readonly Caller[] = [
  openAiChat(true),
  openAiChat(false),
  openAiResponses,
  anthropic(true),
  anthropic(false),
  ollama(true),
  ollama(false),
]

/** The same request, asking for an answer of at most so many tokens, in the word of its API. */
export function toLongest(caller: Caller, body: string, tokens: number): string {
  const asked = JSON.parse(body) as Json
  if (caller.path.startsWith('/api/')) return JSON.stringify({ ...asked, options: { num_predict: tokens } })
  const word = caller.path.endsWith('/responses') ? 'max_output_tokens' : 'max_tokens'
  return JSON.stringify({ ...asked, [word]: tokens })
}
