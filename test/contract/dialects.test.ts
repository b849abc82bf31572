// One contract for every dialect: its recorded answers are understood, whatever pieces they come in, and its errors
// have the shape that its official clients raise on.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ERROR_TABLE, WeirError, type ErrorCode } from '../../src/core/errors.ts'
import { anthropicMessages } from '../../src/gateway/dialects/anthropic/api.ts'
import type { Api } from '../../src/gateway/dialects/api.ts'
import { ollamaChat, ollamaEmbed, ollamaGenerate } from '../../src/gateway/dialects/ollama/api.ts'
import { openAiChat } from '../../src/gateway/dialects/openai-chat/api.ts'
import { openAiCompletions } from '../../src/gateway/dialects/openai-completions/api.ts'
import { openAiEmbeddings } from '../../src/gateway/dialects/openai-embeddings/api.ts'
import { openAiModerations } from '../../src/gateway/dialects/openai-moderations/api.ts'
import { openAiResponses } from '../../src/gateway/dialects/openai-responses/api.ts'
import { PROXY_PATHS } from '../../src/gateway/http/routes.ts'
import {
  cutAll,
  cutAt,
  cutEvents,
  readRecording,
  replay,
  type KnownFacts,
  type Recording,
  type Told,
} from '../../src/gateway/streaming/fixtures/replay.ts'

/** What a recording must be understood as. `firstToken` is the number of the event that holds it, from 0. */
type Expected = Partial<KnownFacts> & {
  readonly api: Api
  readonly firstToken?: number
  readonly tokens?: number
  readonly code?: ErrorCode
  readonly opened?: false
}

const OLLAMA_END = {
  ...{ done: true, promptTokens: 26, outputTokens: 5 },
  ...{ loadMs: 4000, prefillMs: 123.456789, decodeMs: 1900, backendTotalMs: 6123.456789 },
}
const QWEN = 'Qwen/Qwen3-32B'
const CLAUDE = 'claude-sonnet-4-5-20250929'
const GPT5 = 'gpt-5-mini-2025-08-07'
const RESPONSES_END = { promptTokens: 32, outputTokens: 19, cachedTokens: 8, reasoningTokens: 12, done: true }
const CLAUDE_PROMPT = { promptTokens: 25, cachedTokens: 50, cacheWriteTokens: 100 }

const EXPECTED: Readonly<Record<string, Expected>> = {
  'openai-chat/text.sse': {
    ...{ api: openAiChat, model: 'gpt-4o-mini-2024-07-18', finishReason: 'stop', done: true },
    ...{ firstToken: 1, tokens: 4, promptTokens: 21, outputTokens: 14, cachedTokens: 16, reasoningTokens: 0 },
  },
  'openai-chat/reasoning.sse': {
    ...{ api: openAiChat, model: QWEN, finishReason: 'length', done: true },
    ...{ firstToken: 2, tokens: 4, promptTokens: 37, outputTokens: 64, reasoningTokens: 41 },
  },
  'openai-chat/tool-calls.sse': {
    ...{
      api: openAiChat,
      model: 'qwen3:8b',
      finishReason: 'tool_calls',
      done: true,
      firstToken: 1,
      tokens: 3,
    },
  },
  'openai-chat/timings.sse': {
    ...{ api: openAiChat, model: 'Qwen3-4B-Q4_K_M.gguf', finishReason: 'stop', done: true, firstToken: 1 },
    ...{ tokens: 2, promptTokens: 12, outputTokens: 3, prefillMs: 84.25, decodeMs: 96.5 },
  },
  'openai-chat/error-first.sse': { api: openAiChat, code: 'backend_error', opened: false },
  'openai-chat/error-later.sse': {
    ...{ api: openAiChat, model: QWEN, code: 'backend_error', firstToken: 1, tokens: 2 },
  },
  'openai-chat/answer.json': {
    ...{ api: openAiChat, model: 'gpt-4o-mini-2024-07-18', finishReason: 'stop' },
    ...{ promptTokens: 21, outputTokens: 7, cachedTokens: 0, reasoningTokens: 0 },
  },
  'openai-chat/error.json': { api: openAiChat, code: 'backend_error', opened: false },
  'openai-completions/text.sse': {
    ...{ api: openAiCompletions, model: 'Qwen/Qwen3-4B', finishReason: 'length', done: true },
    ...{ firstToken: 1, tokens: 2, promptTokens: 4, outputTokens: 8 },
  },
  'openai-completions/error-later.sse': {
    ...{ api: openAiCompletions, model: 'Qwen/Qwen3-4B', code: 'backend_error', firstToken: 0, tokens: 1 },
  },
  'openai-completions/answer.json': {
    ...{ api: openAiCompletions, model: 'Qwen/Qwen3-4B', finishReason: 'length' },
    ...{ promptTokens: 4, outputTokens: 3 },
  },
  'openai-responses/text.sse': {
    ...{ api: openAiResponses, model: GPT5, finishReason: 'completed', ...RESPONSES_END },
    ...{ firstToken: 4, tokens: 3, sequence: 10 },
  },
  'openai-responses/reasoning-tool.sse': {
    ...{ api: openAiResponses, model: GPT5, finishReason: 'completed', ...RESPONSES_END },
    ...{ firstToken: 2, tokens: 2, sequence: 7 },
  },
  'openai-responses/incomplete.sse': {
    ...{ api: openAiResponses, model: GPT5, finishReason: 'incomplete', ...RESPONSES_END, outputTokens: 1 },
    ...{ firstToken: 1, tokens: 1, sequence: 2 },
  },
  'openai-responses/failed.sse': {
    ...{ api: openAiResponses, model: GPT5, finishReason: 'failed', code: 'backend_error' },
    ...{ firstToken: 1, tokens: 1, sequence: 2 },
  },
  'openai-responses/error-first.sse': {
    ...{ api: openAiResponses, code: 'backend_error', opened: false, sequence: 0 },
  },
  'openai-responses/answer.json': {
    ...{ api: openAiResponses, model: GPT5, finishReason: 'completed', ...RESPONSES_END, done: false },
  },
  'openai-embeddings/answer.json': {
    ...{ api: openAiEmbeddings, model: 'text-embedding-3-small', promptTokens: 8 },
  },
  'openai-embeddings/error.json': { api: openAiEmbeddings, code: 'backend_error', opened: false },
  'openai-moderations/answer.json': { api: openAiModerations, model: 'omni-moderation-latest' },
  'openai-moderations/error.json': { api: openAiModerations, code: 'backend_error', opened: false },
  'anthropic/text.sse': {
    ...{ api: anthropicMessages, model: CLAUDE, finishReason: 'end_turn', done: true, ...CLAUDE_PROMPT },
    ...{ firstToken: 3, tokens: 3, outputTokens: 15 },
  },
  'anthropic/thinking-tool.sse': {
    ...{ api: anthropicMessages, model: CLAUDE, finishReason: 'tool_use', done: true, ...CLAUDE_PROMPT },
    ...{ firstToken: 4, tokens: 4, outputTokens: 89 },
  },
  'anthropic/error-first.sse': { api: anthropicMessages, code: 'backend_error', opened: false },
  'anthropic/error-later.sse': {
    ...{ api: anthropicMessages, model: CLAUDE, code: 'backend_error', firstToken: 2, tokens: 1 },
    ...{ ...CLAUDE_PROMPT, outputTokens: 1 },
  },
  'anthropic/answer.json': {
    ...{ api: anthropicMessages, model: CLAUDE, finishReason: 'end_turn', promptTokens: 25, outputTokens: 6 },
    ...{ cachedTokens: 0, cacheWriteTokens: 0 },
  },
  'anthropic/error.json': { api: anthropicMessages, code: 'backend_error', opened: false },
  'ollama/chat.ndjson': {
    ...{ api: ollamaChat, model: 'qwen3:8b', finishReason: 'stop', ...OLLAMA_END, firstToken: 0, tokens: 4 },
  },
  'ollama/tool-calls.ndjson': {
    ...{ api: ollamaChat, model: 'qwen3:8b', finishReason: 'stop', ...OLLAMA_END, loadMs: 51 },
    ...{ firstToken: 1, tokens: 1 },
  },
  'ollama/generate.ndjson': {
    ...{ api: ollamaGenerate, model: 'qwen3:8b', finishReason: 'length', ...OLLAMA_END },
    ...{ firstToken: 0, tokens: 3 },
  },
  'ollama/error-first.ndjson': { api: ollamaChat, code: 'backend_error', opened: false },
  'ollama/error-later.ndjson': {
    ...{ api: ollamaChat, model: 'qwen3:8b', code: 'backend_error', firstToken: 0, tokens: 1 },
  },
  'ollama/answer.json': {
    ...{ api: ollamaChat, model: 'qwen3:8b', finishReason: 'stop', ...OLLAMA_END },
  },
  'ollama/embed.json': {
    ...{ api: ollamaEmbed, model: 'nomic-embed-text', promptTokens: 8 },
    ...{ loadMs: 1.0195, backendTotalMs: 14.143917 },
  },
  'ollama/error.json': { api: ollamaChat, code: 'backend_error', opened: false },
}

const NOTHING_LEARNT: KnownFacts = {
  ...{ model: undefined, finishReason: undefined, done: false, sequence: -1 },
  ...{ promptTokens: undefined, outputTokens: undefined, cachedTokens: undefined },
  ...{ cacheWriteTokens: undefined, reasoningTokens: undefined },
  ...{ loadMs: undefined, prefillMs: undefined, decodeMs: undefined, backendTotalMs: undefined },
}

const REPORTS_ERROR = /"error":[{"]|"type":"(error|response\.failed)"/

/** Half a line of NDJSON is not JSON; half an event of SSE is no event. */
const BROKEN_OFF = /^(stream_interrupted|backend_protocol_error)$/

const DIALECTS = new URL('../../src/gateway/dialects/', import.meta.url)

function folders(): string[] {
  return readdirSync(DIALECTS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

function toRecording(name: string, { api }: Expected): Recording {
  const format = name.endsWith('.sse') ? 'sse' : name.endsWith('.ndjson') ? 'ndjson' : 'whole'
  return { bytes: readRecording(name.replace('/', '/fixtures/')), api, format }
}

/** What does not depend on when the pieces came. */
function timeless({ firstTokenMs: _, ...told }: Told): Omit<Told, 'firstTokenMs'> {
  return told
}

describe('recorded answers', () => {
  test('every dialect has a recorded answer, a recorded error, and each recording has its expectation', () => {
    const recorded = folders().flatMap((folder) =>
      readdirSync(new URL(`${folder}/fixtures/`, DIALECTS)).map((file) => `${folder}/${file}`),
    )
    assert.deepEqual(recorded.toSorted(), Object.keys(EXPECTED).toSorted())
    for (const folder of folders()) {
      const mine = Object.entries(EXPECTED).filter(([name]) => name.startsWith(`${folder}/`))
      assert.ok(
        mine.some(([, { code }]) => code === undefined),
        `${folder} has no sound recording`,
      )
      assert.ok(
        mine.some(([, { code }]) => code !== undefined),
        `${folder} has no recorded error`,
      )
    }
  })

  for (const [name, expected] of Object.entries(EXPECTED)) {
    const { api, firstToken, tokens = 0, code, opened = true, ...facts } = expected
    const recording = toRecording(name, expected)
    const { bytes } = recording
    const events = cutEvents(bytes, recording.format)

    test(`${name} is understood event by event`, () => {
      const told = replay(recording, events)
      assert.deepEqual(told.facts, { ...NOTHING_LEARNT, ...facts })
      assert.equal(told.firstTokenMs, firstToken)
      assert.equal(told.tokens, tokens)
      assert.equal(told.code, code)
      assert.equal(told.opened, opened)
      if (told.forwarded.includes('response.failed')) {
        const [ours, theirs] = [
          'The model server answered with an error.',
          'The model failed to generate a response.',
        ]
        assert.equal(told.forwarded, bytes.toString('latin1').replace(theirs, ours), 'in our words')
        return
      }
      // An error is told by us, in the caller's dialect: the event that carries it is not passed on.
      const failing = events.findIndex((event) => REPORTS_ERROR.test(event.toString()))
      const passed = code === undefined ? bytes : Buffer.concat(opened ? events.slice(0, failing) : [])
      assert.equal(told.forwarded, passed.toString('latin1'))
    })

    for (const dropUsageEvent of api.asksUsage ? [false, true] : [false]) {
      const asked = { ...recording, dropUsageEvent }
      test(`${name} is the same in any pieces${dropUsageEvent ? ', its usage event dropped' : ''}`, () => {
        const whole = timeless(replay(asked, [bytes]))
        assert.deepEqual(timeless(replay(asked, cutAll(bytes))), whole)
        for (let at = 0; at <= bytes.length; at += 1) {
          assert.deepEqual(timeless(replay(asked, cutAt(bytes, [at]))), whole, `cut at byte ${at}`)
        }
        fc.assert(
          fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
            assert.deepEqual(timeless(replay(asked, cutAt(bytes, cuts))), whole)
          }),
          { numRuns: 50 },
        )
      })
    }

    if (recording.format === 'whole' || code !== undefined) continue
    test(`${name}, ended after any byte, is complete or said to be broken`, () => {
      const recorded = bytes.toString('latin1')
      for (let length = 0; length < bytes.length; length += 1) {
        const told = replay(recording, [bytes.subarray(0, length)])
        if (told.code === undefined) assert.equal(told.facts.finishReason, facts.finishReason)
        else assert.match(told.code, told.opened ? BROKEN_OFF : /^backend_protocol_error$/)
        const given = told.forwarded.replace(/\s*(data: \[DONE\]\s*)?$/, '')
        assert.ok(recorded.startsWith(given), `after ${length} bytes: ${given}`)
        // Half an event never reaches the caller.
        if (given !== '') assert.match(recorded.slice(given.length), /^([\r\n]|$)/)
      }
    })
  }
})

describe('usage that only we asked for', () => {
  for (const [name, expected] of Object.entries(EXPECTED)) {
    if (!expected.api.asksUsage || !name.endsWith('.sse') || expected.code !== undefined) continue
    test(`${name} loses that event and not a byte more`, () => {
      const recording = toRecording(name, expected)
      const events = cutEvents(recording.bytes, 'sse')
      const told = replay({ ...recording, dropUsageEvent: true }, events)
      const others = events.filter((event) => !event.includes('"choices":[],"usage"'))
      assert.equal(told.forwarded, Buffer.concat(others).toString('latin1'))
      assert.equal(told.facts.promptTokens, expected.promptTokens)
    })
  }
})

type Fields = Readonly<Record<string, unknown>>

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

function assertOpenAiError(body: Fields, error: WeirError): void {
  const inner = body['error'] as Fields
  assert.deepEqual(Object.keys(body), ['error'])
  assert.deepEqual(Object.keys(inner).toSorted(), ['code', 'message', 'param', 'type'])
  assert.equal(inner['message'], error.message)
  assert.equal(inner['code'], error.code)
  assert.equal(inner['param'], error.param ?? null)
  assert.ok(isText(inner['type']))
}

function assertAnthropicError(body: Fields, error: WeirError): void {
  const inner = body['error'] as Fields
  assert.deepEqual(Object.keys(body).toSorted(), ['error', 'request_id', 'type'])
  assert.equal(body['type'], 'error')
  assert.equal(body['request_id'], 'req_1')
  assert.deepEqual(Object.keys(inner).toSorted(), ['message', 'type'])
  assert.equal(inner['message'], error.message)
  assert.match(String(inner['type']), /^[a-z]+(_[a-z]+)*$/)
}

function assertOllamaError(body: Fields, error: WeirError): void {
  assert.deepEqual(body, { error: error.message })
}

const BODY_OF = { openai: assertOpenAiError, anthropic: assertAnthropicError, ollama: assertOllamaError }

/** The one event of a stream's end: its type and its data. */
function parseEvent(text: string): { event: string | undefined; data: Fields } {
  const match = /^(?:event: (?<event>\w+)\n)?data: (?<data>[^\n]+)\n\n$/.exec(text)
  assert.ok(match?.groups !== undefined, text)
  return { event: match.groups['event'], data: JSON.parse(match.groups['data'] ?? '') as Fields }
}

describe('errors', () => {
  const codes = Object.keys(ERROR_TABLE) as ErrorCode[]
  const hostile = { message: 'Line\nbreak "quoted" \u2028 ÿ', param: 'messages.0' }

  for (const [path, api] of PROXY_PATHS) {
    test(`${path} answers every code in the shape of its dialect`, () => {
      for (const code of codes) {
        for (const error of [new WeirError(code), new WeirError(code, hostile)]) {
          BODY_OF[api.dialect](JSON.parse(api.toErrorBody(error, 'req_1')) as Fields, error)
        }
      }
    })

    test(`${path} ends a broken stream with an event that its clients raise on`, () => {
      for (const code of codes) {
        const error = new WeirError(code, hostile)
        const text = api.toErrorEvent(error, { requestId: 'req_1', sequence: 7 })
        if (api.dialect === 'ollama') {
          assert.match(text, /^[^\n]+\n$/)
          assertOllamaError(JSON.parse(text) as Fields, error)
          continue
        }
        const { event, data } = parseEvent(text)
        if (api.name === 'openai-responses') {
          const { code: shown, message, param } = { code, ...hostile }
          assert.equal(event, 'error')
          // What the clients raise on, and what their types promise.
          const { error: inside, ...flat } = data
          assertOpenAiError({ error: inside }, error)
          assert.deepEqual(flat, { type: 'error', code: shown, message, param, sequence_number: 7 })
          continue
        }
        assert.equal(event, api.dialect === 'anthropic' ? 'error' : undefined)
        BODY_OF[api.dialect](data, error)
      }
    })

    test(`${path} is read by this gateway as failed when another one sent the error`, () => {
      const error = new WeirError('stream_interrupted')
      const format = api.dialect === 'ollama' ? 'ndjson' : 'sse'
      const event = Buffer.from(api.toErrorEvent(error, { requestId: 'req_1', sequence: 0 }))
      assert.equal(replay({ bytes: event, api, format }, [event]).code, 'backend_error')
      const body = Buffer.from(api.toErrorBody(error, 'req_1'))
      assert.equal(replay({ bytes: body, api, format: 'whole' }, [body]).code, 'backend_error')
    })
  }

  test('the type in an error tells the class of its status', () => {
    const typeOf = (status: number): unknown[] =>
      [openAiChat, anthropicMessages].map((api) => {
        const body = JSON.parse(api.toErrorBody(new WeirError('internal', { status }), 'req_1')) as Fields
        return (body['error'] as Fields)['type']
      })
    assert.deepEqual(typeOf(400), ['invalid_request_error', 'invalid_request_error'])
    assert.deepEqual(typeOf(401), ['authentication_error', 'authentication_error'])
    assert.deepEqual(typeOf(403), ['permission_error', 'permission_error'])
    assert.deepEqual(typeOf(404), ['not_found_error', 'not_found_error'])
    assert.deepEqual(typeOf(413), ['invalid_request_error', 'request_too_large'])
    assert.deepEqual(typeOf(422), ['invalid_request_error', 'invalid_request_error'])
    assert.deepEqual(typeOf(429), ['rate_limit_error', 'rate_limit_error'])
    assert.deepEqual(typeOf(502), ['api_error', 'api_error'])
    assert.deepEqual(typeOf(503), ['api_error', 'overloaded_error'])
    assert.deepEqual(typeOf(504), ['api_error', 'timeout_error'])
    assert.deepEqual(typeOf(529), ['api_error', 'overloaded_error'])
  })
})
