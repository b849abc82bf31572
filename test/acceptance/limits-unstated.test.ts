// What is charged for answers whose backend does not say what they took: never nothing, in no API and no form.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startStage, type Stage } from '../support/weir.ts'

/** One micro-unit for each token of a prompt, a million for each of an answer: a cost then tells both. */
const OUTPUT_MICROS = 1_000_000
const PRICE = { input: 0.000001, output: 1, per: '1 token', currency: 'EUR' }
const MODELS = ['sim-chat', 'sim-embed'].map((name) => ({ name, price: PRICE }))

let stage: Stage
before(async () => {
  stage = await startStage({ profile: { outputTokens: 12 }, config: { models: MODELS } })
})
after(() => stage.stop())

const CHAT = { model: 'sim-chat', max_tokens: 12, messages: [{ role: 'user', content: 'hello there' }] }
const BODIES: Readonly<Record<string, object>> = {
  '/v1/chat/completions': CHAT,
  '/v1/completions': { model: 'sim-chat', max_tokens: 12, prompt: 'hello there' },
  '/v1/responses': { model: 'sim-chat', max_output_tokens: 12, input: 'hello there' },
  '/v1/messages': CHAT,
  '/api/chat': CHAT,
  '/api/generate': { model: 'sim-chat', prompt: 'hello there' },
}

/** Asks, and gives the tokens of the answer that were charged. */
async function charge(path: string, body: object, fault: string): Promise<number> {
  const sealed = stage.records.length
  const response = await fetch(stage.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-sim-fault': fault },
    body: JSON.stringify(body),
  })
  await response.arrayBuffer()
  const record = (await stage.untilSealed(sealed + 1)).at(-1)
  assert.equal(record?.outcome, 'ok')
  assert.equal(record.usage.outputTokens, undefined)
  return Math.floor((record.cost?.micros ?? 0) / OUTPUT_MICROS)
}

for (const [path, body] of Object.entries(BODIES)) {
  for (const stream of [true, false]) {
    const form = stream ? 'streamed' : 'in one piece'
    test(`an answer without counts is charged by what was seen of it: ${path}, ${form}`, async () => {
      const tokens = await charge(path, { ...body, stream }, 'no-usage')
      assert.ok(tokens >= 10 && tokens <= 40, `${tokens} tokens`)
    })

    test(`an answer that cannot be read is charged by its bytes: ${path}, ${form}`, async () => {
      assert.ok((await charge(path, { ...body, stream }, 'gzip-anyway')) >= 10)
    })
  }
}

test('vectors are no text: only the prompt is charged, whatever they look like', async () => {
  for (const fault of ['no-usage', 'gzip-anyway']) {
    assert.equal(await charge('/v1/embeddings', { model: 'sim-embed', input: 'hello' }, fault), 0, fault)
  }
})
