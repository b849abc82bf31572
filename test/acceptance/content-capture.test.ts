import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { hashKey } from '../../src/access/create-key.ts'
import type { RawContent } from '../../src/core/content.ts'
import { redactObject } from '../../src/records/redact/config.ts'
import { toStoredContent } from '../../src/records/redact/content.ts'
import { createRedactor } from '../../src/records/redact/redactor.ts'
import { startStage, until, type Stage } from '../support/weir.ts'

const MODEL = 'sim-chat'
const MARKER = 'a prompt that nobody else writes'

const POLICIES = ['none', 'errors', 'sampled', 'all'] as const

let stage: Stage
const contents: RawContent[] = []

before(async () => {
  stage = await startStage({
    profile: { outputTokens: 12 },
    config: {
      records: { content: 'errors', sample: 1 },
      keys: [
        ...POLICIES.map((content) => ({ name: content, hash: hashKey(`key-${content}`), content })),
        { name: 'default', hash: hashKey('key-default') },
      ],
    },
    extra: { onContent: (content) => void contents.push(content) },
  })
})
beforeEach(() => {
  contents.length = 0
})
after(() => stage.stop())

interface Ask {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly key?: string
}

async function ask({ path, body, key = 'all' }: Ask): Promise<{ status: number; body: Buffer }> {
  const count = stage.records.length
  const response = await fetch(stage.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer key-${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  await stage.untilSealed(count + 1)
  return { status: response.status, body: bytes }
}

function textOf(content: RawContent): string {
  const redactor = createRedactor(redactObject.parse({}))
  return toStoredContent(content, { redactor, maxBytes: 65_536 }).answer
}

const messages = [{ role: 'user', content: MARKER }]

const STREAMED: readonly Ask[] = [
  { path: '/v1/chat/completions', body: { messages } },
  { path: '/v1/completions', body: { prompt: MARKER } },
  { path: '/v1/responses', body: { input: MARKER } },
  { path: '/v1/messages', body: { messages, max_tokens: 64 } },
  { path: '/api/chat', body: { messages } },
  { path: '/api/generate', body: { prompt: MARKER } },
]

test('prompt and answer of every API are held as they crossed, whole and streamed', async () => {
  for (const { path, body } of STREAMED) {
    const said = new Set<string>()
    for (const stream of [true, false]) {
      contents.length = 0
      const sent = { model: MODEL, ...body, stream }
      const answer = await ask({ path, body: sent })
      assert.equal(answer.status, 200, path)
      const [content] = contents
      assert.ok(content !== undefined && contents.length === 1, path)
      assert.equal(content.requestId, stage.records.at(-1)?.id)
      assert.deepEqual(JSON.parse(Buffer.from(content.prompt).toString()), sent)
      assert.deepEqual(Buffer.from(content.answer), answer.body, `${path} stream ${stream}`)
      assert.deepEqual(
        [content.promptCut, content.answerCut, content.answerOmitted],
        [false, false, undefined],
      )
      said.add(textOf(content))
    }
    const [text = ''] = said
    assert.equal(said.size, 1, `${path}: said the same whole and streamed`)
    assert.ok(text.length > 20 && !text.includes('{'), `${path}: ${text}`)
  }
})

test('of embeddings and of what came compressed only the prompt is held, and of lists of models nothing', async () => {
  await ask({ path: '/v1/embeddings', body: { model: 'sim-embed', input: MARKER } })
  const [content] = contents
  assert.deepEqual([content?.answer.length, content?.answerOmitted], [0, 'embeddings'])
  contents.length = 0
  await ask({ path: '/v1/chat/completions', body: { model: 'sim:gzip-anyway', messages } })
  assert.deepEqual([contents[0]?.answer.length, contents[0]?.answerOmitted], [0, 'compressed'])
  contents.length = 0
  const count = stage.records.length
  await fetch(`${stage.url}/v1/models`, { headers: { authorization: 'Bearer key-all' } })
  await stage.untilSealed(count + 1)
  assert.deepEqual(contents, [])
})

test('the policy of a key goes before that of the file, for what went well and for what failed', async () => {
  const held = async (key: string, body: Ask['body']): Promise<number> => {
    contents.length = 0
    await ask({ path: '/v1/chat/completions', body, key })
    return contents.length
  }
  const well = { model: MODEL, messages }
  const failing = { model: 'sim:500', messages }
  const expected = { none: [0, 0], errors: [0, 1], sampled: [1, 1], all: [1, 1], default: [0, 1] }
  for (const [key, counts] of Object.entries(expected)) {
    assert.deepEqual([await held(key, well), await held(key, failing)], counts, key)
  }
})

test('of a request that failed what came of it is there: the error too, before an answer and within one', async () => {
  const refused = await ask({
    path: '/v1/chat/completions',
    body: { model: 'sim:500', messages },
    key: 'errors',
  })
  assert.deepEqual(Buffer.from(contents[0]?.answer ?? []), refused.body)
  assert.match(Buffer.from(contents[0]?.prompt ?? []).toString(), new RegExp(MARKER))
  contents.length = 0
  const broken = await ask({
    path: '/v1/chat/completions',
    body: { model: 'sim:cut-after-5', messages, stream: true },
    key: 'errors',
  })
  assert.deepEqual(Buffer.from(contents[0]?.answer ?? []), broken.body)
  assert.match(textOf(contents[0] as RawContent), /^--- text ---\n[^]+--- error ---\n/)
})

test('a body that is no JSON is held as well, and one that nobody was let in with is not', async () => {
  const count = stage.records.length
  const post = (key: string): Promise<Response> =>
    fetch(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: '{"model": oops',
    })
  assert.equal((await post('key-errors')).status, 400)
  assert.equal((await post('key-wrong')).status, 401)
  await stage.untilSealed(count + 2)
  assert.deepEqual(
    contents.map(({ prompt }) => Buffer.from(prompt).toString()),
    ['{"model": oops'],
  )
})

test('of a caller that left what it had been sent is there', async () => {
  const count = stage.records.length
  const abort = new AbortController()
  const response = await fetch(`${stage.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer key-errors' },
    body: JSON.stringify({ model: 'sim:stall-after-3', messages, stream: true }),
    signal: abort.signal,
  })
  const reader = response.body?.getReader()
  const first = await reader?.read()
  await until(() => Buffer.from(first?.value ?? []).length > 0, 'the beginning of an answer')
  abort.abort()
  await stage.untilSealed(count + 1)
  assert.equal(stage.records.at(-1)?.outcome, 'abandoned')
  const [content] = contents
  assert.ok(content !== undefined)
  const answer = Buffer.from(content.answer).toString()
  assert.ok(answer.startsWith(Buffer.from(first?.value ?? []).toString()), answer)
})

test('no header is held, whatever is held', async () => {
  await ask({ path: '/v1/chat/completions', body: { model: MODEL, messages } })
  const held = contents.map(({ prompt, answer }) => Buffer.concat([prompt, answer]).toString()).join()
  assert.ok(held.includes(MARKER))
  assert.ok(!held.toLowerCase().includes('authorization') && !held.includes('key-all'))
})
