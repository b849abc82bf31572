import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { RawContent } from '../../core/content.ts'
import { redactObject } from './config.ts'
import { toStoredContent } from './content.ts'
import { createRedactor } from './redactor.ts'

const redactor = createRedactor(redactObject.parse({}))

const DIALECTS = 'src/gateway/dialects'

interface Given {
  readonly prompt?: string | Buffer
  readonly answer?: string | Buffer
  readonly cut?: Pick<Partial<RawContent>, 'promptCut' | 'answerCut' | 'answerOmitted'>
  readonly maxBytes?: number
}

function store({ prompt = '', answer = '', cut, maxBytes = 65_536 }: Given) {
  const raw: RawContent = {
    ...{ requestId: 'req_1', prompt: Buffer.from(prompt), answer: Buffer.from(answer) },
    ...{ promptCut: false, answerCut: false, answerOmitted: undefined, ...cut },
  }
  return toStoredContent(raw, { redactor, maxBytes })
}

/** What the recorded answers of real servers say, each in the form in which it came. */
const SAID: Readonly<Record<string, string>> = {
  'anthropic/answer.json': 'Water flows.',
  'anthropic/error-first.sse': '--- error ---\nOverloaded',
  'anthropic/error-later.sse': '--- text ---\nWater\n\n--- error ---\nOverloaded',
  'anthropic/error.json': '--- error ---\nOverloaded',
  'anthropic/text.sse': 'Water flows 流!',
  'anthropic/thinking-tool.sse':
    '--- reasoning ---\nLet me look 看 it up.\n\n--- tool call: get_weather ---\n{"city": "Zürich"}',
  'ollama/answer.json': 'Because it loads.',
  'ollama/chat.ndjson': '--- reasoning ---\nThe person asks.\n\n--- text ---\nBecause 因为 it loads.',
  'ollama/error-first.ndjson': '--- error ---\nmodel runner has unexpectedly stopped',
  'ollama/error-later.ndjson':
    '--- text ---\nBecause\n\n--- error ---\nan error was encountered while running the model: unexpected EOF',
  'ollama/error.json': '--- error ---\nllama runner process has terminated: signal: killed',
  'ollama/generate.ndjson': '--- reasoning ---\nHm\n\n--- text ---\n从前',
  'ollama/tool-calls.ndjson': '--- tool call: get_weather ---\n{"city":"Zürich"}',
  'openai-chat/answer.json': 'A low dam — 堰.',
  'openai-chat/error-first.sse': '--- error ---\nCUDA out of memory. Tried to allocate 2.00 GiB.',
  'openai-chat/error-later.sse':
    '--- text ---\nIt was a dark\n\n--- error ---\nEngineCore encountered an issue.',
  'openai-chat/error.json': '--- error ---\nThe server is overloaded.',
  'openai-chat/reasoning.sse':
    '--- reasoning ---\nThe person asks 为什么慢。\n\n--- text ---\n\n\nBecause the model was loading.',
  'openai-chat/text.sse': 'A low dam — 堰 🌊 "usage": {"prompt_tokens": 9}\n\n',
  'openai-chat/timings.sse': 'Yes.',
  'openai-chat/tool-calls.sse': '--- tool call: get_weather ---\n{"city": "München"}',
  'openai-completions/answer.json': ' upon a time',
  'openai-completions/error-later.sse': '--- text ---\n upon\n\n--- error ---\nInternal Server Error',
  'openai-completions/text.sse': ' upon a time 从前',
  'openai-embeddings/error.json': '--- error ---\nThe batch is too large.',
  'openai-moderations/error.json': '--- error ---\nThe server had an error.',
  'openai-responses/answer.json': 'Slow 因为 loading.',
  'openai-responses/error-first.sse': '--- error ---\nOur servers are currently overloaded.',
  'openai-responses/failed.sse':
    '--- text ---\nSlow\n\n--- error ---\nThe model failed to generate a response.',
  'openai-responses/incomplete.sse': 'Slow',
  'openai-responses/reasoning-tool.sse':
    '--- reasoning ---\n**Weather**\n\n--- tool call: get_weather ---\n{"city":"Paris"}',
  'openai-responses/text.sse': 'Slow 因为 loading.',
}

/** Answers without anything said are kept as they are. */
const AS_THEY_ARE = ['ollama/embed.json', 'openai-embeddings/answer.json', 'openai-moderations/answer.json']

test('what a model said is read out of every recorded answer of every API', () => {
  const files = globSync(`${DIALECTS}/*/fixtures/*`).map((file) =>
    file.replaceAll('\\', '/').replace(`${DIALECTS}/`, '').replace('fixtures/', ''),
  )
  assert.deepEqual(files.toSorted(), [...Object.keys(SAID), ...AS_THEY_ARE].toSorted())
  for (const file of files) {
    const answer = readFileSync(`${DIALECTS}/${file.replace('/', '/fixtures/')}`)
    const said = SAID[file] ?? answer.toString('utf8')
    assert.equal(store({ answer }).answer, said, file)
  }
})

function toEvents(pieces: readonly string[]): string {
  const events = pieces.map((content) => JSON.stringify({ choices: [{ index: 0, delta: { content } }] }))
  return [...events, '[DONE]'].map((data) => `data: ${data}\n\n`).join('')
}

test('a number that came in several events is found all the same', () => {
  const answer = toEvents(['My number is 138', '0013', '8000 and my mail is a', 'nn@exam', 'ple.com.'])
  assert.equal(store({ answer }).answer, 'My number is [phone] and my mail is [email].')
  const events = ['{"tel":"+49 30 ', '901820 55"}'].map((partial_json) =>
    JSON.stringify({ type: 'content_block_delta', index: 1, delta: { partial_json } }),
  )
  const start = {
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'tool_use', name: 'dial', input: {} },
  }
  const said = [JSON.stringify(start), ...events].map((data) => `event: x\r\ndata: ${data}\r\n\r\n`).join('')
  assert.equal(store({ answer: said }).answer, '--- tool call: dial ---\n{"tel":"[phone]"}')
})

test('several choices and several calls are kept apart', () => {
  const delta = (index: number, more: object): string =>
    `data: ${JSON.stringify({ choices: [{ index, delta: more }] })}\n\n`
  const answer = [
    delta(0, { content: 'a' }),
    delta(1, { content: 'x' }),
    delta(0, { content: 'b' }),
    delta(1, { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"p"' } }] }),
    delta(1, { tool_calls: [{ index: 1, function: { name: 'g', arguments: '{}' } }] }),
    delta(1, { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
  ].join('')
  assert.equal(
    store({ answer }).answer,
    '--- text ---\nab\n\n--- text (choice 1) ---\nx\n\n--- tool call: f (choice 1) ---\n{"p":1}\n\n--- tool call: g (choice 1) ---\n{}',
  )
})

test('a stream that was cut is kept up to its last whole event, and no beginning of a secret with it', () => {
  const whole = toEvents(['The key is sk-', 'proj-a1B2c3D4'])
  const cut = `${whole.replace('data: [DONE]\n\n', '')}data: {"choices":[{"ind`
  const content = store({ answer: cut, cut: { answerCut: true } })
  assert.deepEqual([content.answer, content.isCut], ['The key is', true])
})

test('an answer that was left out says why', () => {
  assert.match(
    store({ answer: 'x', cut: { answerOmitted: 'compressed' } }).answer,
    /^\(the backend compressed/,
  )
  assert.match(store({ cut: { answerOmitted: 'embeddings' } }).answer, /^\(embeddings;/)
})

test('texts end at the bound, between two characters, and say that they were cut', () => {
  const { prompt, answer, isCut } = store({ prompt: '堰'.repeat(10), answer: 'short', maxBytes: 16 })
  assert.deepEqual([prompt, answer, isCut], ['堰'.repeat(5), 'short', true])
  assert.equal(store({ prompt: 'short' }).isCut, false)
})

test('what is no JSON, no events and no text is kept as far as it can be read', () => {
  assert.equal(store({ prompt: '{"a": call 13800138000' }).prompt, '{"a": call "[phone]"')
  assert.equal(store({ prompt: Buffer.from([0x61, 0xff, 0x62]) }).prompt, 'a\ufffdb')
  assert.equal(store({ answer: '<html>a@b.example</html>' }).answer, '<html>[email]</html>')
  assert.equal(
    store({ answer: '{"id": "a@b.example", "choi', cut: { answerCut: true } }).answer,
    '{"id": "[email]", "',
  )
  for (const nothing of ['', ' \n', 'null', '[]', '{}', '1'])
    assert.equal(store({ answer: nothing }).answer, nothing)
})
