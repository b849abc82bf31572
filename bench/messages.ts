// The bytes of the conversation: the request the load sends and the answers the stub gives. Built once, written many times.
// No logic: load and stub both read the sizes from here, so neither can drift from the other.

export const MODEL = 'bench-model'

const REQUEST_BODY_BYTES = 1_024
const ANSWER_BODY_BYTES = 600

/** `build` with so much filler that the result has exactly `bytes` bytes (ASCII only). */
function padTo(bytes: number, build: (filler: string) => string): string {
  const missing = bytes - build('').length
  if (missing < 0) throw new Error(`the message alone has more than ${bytes} bytes`)
  const words = 'the weir lets the river through and measures it '
  return build(words.repeat(Math.ceil(missing / words.length)).slice(0, missing))
}

export function toRequestBody(stream: boolean): string {
  return padTo(REQUEST_BODY_BYTES, (filler) =>
    JSON.stringify({
      model: MODEL,
      stream,
      temperature: 0.7,
      max_tokens: 256,
      messages: [
        { role: 'system', content: 'You are a careful assistant. Answer briefly.' },
        { role: 'user', content: `Summarise this: ${filler}` },
      ],
    }),
  )
}

/** The same head for every target, key included, so that nobody gets shorter requests. */
export function toRequest(options: { stream: boolean; key: string }): Buffer {
  const body = toRequestBody(options.stream)
  return Buffer.from(
    'POST /v1/chat/completions HTTP/1.1\r\n' +
      'host: 127.0.0.1\r\n' +
      'user-agent: weir-bench\r\n' +
      'accept: */*\r\n' +
      `authorization: Bearer ${options.key}\r\n` +
      'content-type: application/json\r\n' +
      `content-length: ${body.length}\r\n\r\n${body}`,
  )
}

export const ANSWER_BODY = padTo(ANSWER_BODY_BYTES, (filler) =>
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: MODEL,
    choices: [
      { index: 0, message: { role: 'assistant', content: filler }, logprobs: null, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 230, completion_tokens: 90, total_tokens: 320 },
  }),
)

/** Real servers send it; without one a proxy would add its own, and the answers would differ. */
const DATE = new Date().toUTCString()

function toAnswer(body: string): Buffer {
  return Buffer.from(
    'HTTP/1.1 200 OK\r\n' +
      `date: ${DATE}\r\n` +
      'content-type: application/json\r\n' +
      `content-length: ${body.length}\r\n\r\n${body}`,
  )
}

export const ANSWER = toAnswer(ANSWER_BODY)
export const ANSWER_BODY_LENGTH = ANSWER_BODY.length

/** For gateways that ask what is served. */
export const MODEL_LIST = toAnswer(
  JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model', created: 1, owned_by: 'bench' }] }),
)

export const LENGTH_REQUIRED = Buffer.from(
  'HTTP/1.1 411 Length Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
)

export const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\n' +
    `date: ${DATE}\r\n` +
    'content-type: text/event-stream; charset=utf-8\r\n' +
    'cache-control: no-cache\r\n' +
    'transfer-encoding: chunked\r\n\r\n',
)

function toChunk(payload: string): Buffer {
  return Buffer.from(`${payload.length.toString(16)}\r\n${payload}\r\n`)
}

function toEvent(choices: readonly object[], more: object = {}): string {
  const event = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: MODEL,
    choices,
    ...more,
  }
  return `data: ${JSON.stringify(event)}\n\n`
}

/** One token, as one server-sent event in one HTTP chunk: what an inference server writes for each. */
export const TOKEN_EVENT = toChunk(
  toEvent([{ index: 0, delta: { content: ' weir' }, logprobs: null, finish_reason: null }]),
)

const STOP = toEvent([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }])
const USAGE = toEvent([], { usage: { prompt_tokens: 230, completion_tokens: 90, total_tokens: 320 } })
const DONE = 'data: [DONE]\n\n'
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

export const STREAM_END = Buffer.concat([toChunk(STOP), toChunk(DONE), LAST_CHUNK])
/** For a request that asked for usage by `stream_options.include_usage`. */
export const STREAM_END_WITH_USAGE = Buffer.concat([toChunk(STOP), toChunk(USAGE), toChunk(DONE), LAST_CHUNK])
