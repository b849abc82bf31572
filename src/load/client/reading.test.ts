import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APIS } from '../apis/registry.ts'
import type { ApiName } from '../plan.ts'
import { Reading } from './reading.ts'

const head = (status = 200, isStream = true) => ({ status, isStream, requestId: 'req_1' })

/** Each text is a chunk; the clock is its place. */
function read(api: ApiName, texts: readonly string[], given = head()) {
  const reading = new Reading(APIS[api], given)
  for (const [atMs, text] of texts.entries()) assert.ok(reading.read(Buffer.from(text), atMs))
  return { failure: reading.end(), at: reading.tokensAtMs, notes: reading.notes }
}

const chunk = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`
const FINISH = chunk({}, { finish_reason: 'stop' })

test('the first token is text, reasoning or a part of a tool call: never a role, a comment or an empty text', () => {
  const idle = [': waiting\n\n', chunk({ role: 'assistant' }), chunk({ role: 'assistant', content: '' })]
  for (const token of [
    { content: 'a' },
    { reasoning: 'a' },
    { reasoning_content: 'a' },
    { refusal: 'a' },
    { tool_calls: [{ index: 0, function: { name: 'look', arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{' } }] },
  ]) {
    const { at, failure } = read('openai', [
      ...idle,
      chunk(token),
      chunk({ content: 'b' }),
      FINISH,
      'data: [DONE]\n\n',
    ])
    assert.deepEqual([at, failure], [[3, 4], undefined], JSON.stringify(token))
  }
})

test('counts are the ones the server gives', () => {
  const usage = 'data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7}}\n\n'
  const { notes } = read('openai', [chunk({ content: 'a' }), FINISH, usage, 'data: [DONE]\n\n'])
  assert.deepEqual([notes.promptTokens, notes.outputTokens], [11, 7])
})

test('Ollama and Anthropic say the same in their own way', () => {
  const lines = [
    { message: { content: '' }, done: false },
    { message: { content: '', thinking: 'hm' }, done: false },
    { message: { content: 'a' }, done: false },
    { message: { content: '' }, done: true, prompt_eval_count: 5, eval_count: 2 },
  ].map((line) => `${JSON.stringify(line)}\n`)
  const local = read('ollama', lines)
  assert.deepEqual([local.at, local.failure, local.notes.outputTokens], [[1, 2], undefined, 2])
  const events = [
    { type: 'message_start', message: { usage: { input_tokens: 9, output_tokens: 1 } } },
    { type: 'ping' },
    { type: 'content_block_start', content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' } },
    { type: 'content_block_start', content_block: { type: 'tool_use', name: 'look' } },
    { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '' } },
    { type: 'message_delta', usage: { output_tokens: 4 } },
    { type: 'message_stop' },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  const remote = read('anthropic', events)
  assert.deepEqual([remote.at, remote.failure], [[3, 4], undefined])
  assert.deepEqual([remote.notes.promptTokens, remote.notes.outputTokens], [9, 4])
})

test('every way to go wrong has its word', () => {
  const word = (...given: Parameters<typeof read>): unknown[] => {
    const { failure } = read(...given)
    return [failure?.code, failure?.status]
  }
  const token = chunk({ content: 'a' })
  const error = 'data: {"error":{"message":"gone","code":"stream_interrupted"}}\n\n'
  assert.deepEqual(word('openai', [token, error]), ['stream_interrupted', 200])
  assert.deepEqual(word('openai', [token, 'data: {"error":"gone"}\n\n']), ['error_in_stream', 200])
  assert.deepEqual(word('openai', [token]), ['stream_without_end', 200])
  assert.deepEqual(word('openai', [FINISH]), ['empty_answer', 200])
  assert.deepEqual(word('openai', ['data: {"cho\n\n', token, FINISH]), ['malformed_event', 200])
  assert.deepEqual(word('openai', ['<html>']), ['not_a_stream', 200])
  assert.deepEqual(word('openai', ['{"choices":[]}'], head(200, false)), ['empty_answer', 200])
  assert.deepEqual(word('openai', ['<html>'], head(200, false)), ['not_json', 200])
  assert.deepEqual(word('openai', ['{"error":{"message":"no","code":"queue_full"}}'], head(503)), [
    'queue_full',
    503,
  ])
  assert.deepEqual(word('openai', ['<html>'], head(502)), ['http_502', 502])
  assert.deepEqual(word('openai', [], head(302)), ['http_302', 302])
  assert.deepEqual(word('ollama', ['{"error":"busy"}'], head(503)), ['http_503', 503])
  assert.deepEqual(word('anthropic', ['{"type":"error","error":{"type":"overloaded_error"}}'], head(529)), [
    ...['overloaded_error', 529],
  ])
})

test('a server error keeps the message and where to look for it, and long ones are cut', () => {
  const { failure } = read('openai', [`{"error":{"message":"${'x'.repeat(1_000)}"}}`], head(500))
  assert.equal(failure?.requestId, 'req_1')
  assert.equal(failure?.message.length, 300)
})

test('a connection that ends in the middle says so, or what the server said before', () => {
  const reading = new Reading(APIS.openai, head())
  reading.read(Buffer.from(chunk({ content: 'a' })), 0)
  assert.equal(reading.breakOff('broken_off', 'other side closed').code, 'broken_off')
  reading.read(Buffer.from('data: {"error":{"message":"gone","code":"idle_timeout"}}\n\n'), 1)
  assert.equal(reading.breakOff('broken_off', 'other side closed').code, 'idle_timeout')
})
