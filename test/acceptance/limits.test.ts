// Limits and budgets at the door: what callers get, in every dialect, and what is charged in the end.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'
import { hashKey } from '../../src/access/create-key.ts'
import { sumOf } from '../support/metrics.ts'
import { startStage, toConfig, type Stage, type Written } from '../support/weir.ts'

const KEY = 'wk_limits00_0123456789012345678901234567'
const OTHER = 'wk_limits11_0123456789012345678901234567'
const folder = mkdtempSync(join(tmpdir(), 'weir-limits-'))
after(() => rmSync(folder, { recursive: true }))

const PRICE = { input: 1000, output: 2000, per: '1M tokens', currency: 'CNY' }
let folders = 0

/** One key with these limits; another one without any. */
function configOf(limits: Written | undefined, more: Written = {}): Written {
  folders += 1
  return {
    data: join(folder, String(folders)),
    keys: [
      { name: 'team-a', hash: hashKey(KEY), tenant: 'north', ...(limits === undefined ? {} : { limits }) },
      { name: 'team-b', hash: hashKey(OTHER), tenant: 'north' },
    ],
    ...more,
  }
}

async function stageOf(limits: Written | undefined, more: Written = {}): Promise<Stage> {
  return startStage({ profile: { outputTokens: 10 }, config: configOf(limits, more) })
}

interface Asked {
  readonly path?: string
  readonly body?: Written
  readonly key?: string
  readonly fault?: string
}

const CHAT = { model: 'sim-chat', max_tokens: 20, messages: [{ role: 'user', content: 'hello there' }] }

async function ask(
  { url }: Stage,
  { path = '/v1/chat/completions', body = {}, key = KEY, fault }: Asked = {},
): Promise<Response> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(fault === undefined ? {} : { 'x-sim-fault': fault }),
    },
    body: JSON.stringify({ ...CHAT, ...body }),
  })
  // Read to its end, broken or not, so that it is over.
  await response
    .clone()
    .arrayBuffer()
    .catch(() => undefined)
  return response
}

const messageOf = async (response: Response): Promise<string> => {
  const { error } = (await response.json()) as { error: string | { message: string } }
  return typeof error === 'string' ? error : error.message
}
const left = (response: Response, kind = 'requests'): number =>
  Number(response.headers.get(`x-ratelimit-remaining-${kind}`))

test('a limit of requests holds on every path together, and tells what is left in the headers of OpenAI', async () => {
  const stage = await stageOf({ requests: '5/day' })
  const paths: readonly Asked[] = [
    {},
    { path: '/v1/messages' },
    { path: '/api/chat', body: { stream: false } },
    { path: '/v1/embeddings', body: { model: 'sim-embed', input: 'x' } },
    { path: '/v1/messages/count_tokens' },
  ]
  for (const [index, asked] of paths.entries()) {
    const response = await ask(stage, asked)
    assert.equal(response.status, 200, asked.path)
    assert.equal(response.headers.get('x-ratelimit-limit-requests'), '5')
    assert.equal(left(response), 4 - index)
  }
  const refused = await ask(stage)
  assert.equal(refused.status, 429)
  assert.match(refused.headers.get('x-ratelimit-reset-requests') ?? '', /^(24h0m0|23h59m\d+(\.\d+)?)s$/)
  // Longer than any client waits: it is told not to try again.
  assert.equal(refused.headers.get('x-should-retry'), 'false')
  assert.ok(Number(refused.headers.get('retry-after')) > 17_000)
  assert.match(
    await messageOf(refused),
    /^The limit of the key team-a is reached: 5 requests per day\. Try again in [\dhms]+\.$/,
  )
  assert.equal((await ask(stage, { key: OTHER })).status, 200)
  assert.equal((await ask(stage, { key: OTHER })).headers.get('x-ratelimit-limit-requests'), null)
  assert.equal(sumOf(await stage.scrape(), 'weir_rejected_total', { reason: 'rate_limited' }), 1)
  assert.equal(stage.ledger().totals.started, 7)
  await stage.stop()
})

test('the official clients raise their class for a limit, with what they need', async () => {
  const stage = await stageOf({ requests: '1/min' })
  await ask(stage)
  const openai = new OpenAI({ apiKey: KEY, baseURL: `${stage.url}/v1`, maxRetries: 0 })
  await assert.rejects(
    openai.chat.completions.create({ model: 'sim-chat', messages: [] }),
    (error: unknown) => {
      assert.ok(error instanceof OpenAI.RateLimitError)
      assert.equal(error.code, 'rate_limited')
      assert.equal(error.headers.get('retry-after'), '60')
      return true
    },
  )
  const anthropic = new Anthropic({ apiKey: KEY, baseURL: stage.url, maxRetries: 0 })
  const asked = anthropic.messages.create({
    model: 'sim-chat',
    max_tokens: 5,
    messages: [{ role: 'user', content: 'x' }],
  })
  await assert.rejects(asked, (error: unknown) => {
    assert.ok(error instanceof Anthropic.RateLimitError)
    assert.equal(error.headers.get('anthropic-ratelimit-requests-remaining'), '0')
    assert.ok(Date.parse(error.headers.get('anthropic-ratelimit-requests-reset') ?? '') > Date.now())
    return true
  })
  await stage.stop()
})

test('tokens are set aside by estimate and charged by what was used', async () => {
  const stage = await stageOf({ tokens: '1000/day' })
  const first = await ask(stage)
  const { usage } = (await first.json()) as { usage: { total_tokens: number } }
  // While it ran: the prompt, mildly too much, and the twenty tokens it was allowed.
  assert.ok(left(first, 'tokens') < 980 && left(first, 'tokens') > 920, String(left(first, 'tokens')))
  const second = await ask(stage, { path: '/v1/messages/count_tokens' })
  assert.equal(left(second, 'tokens'), 1_000 - usage.total_tokens)
  await stage.stop()
})

test('what was refused before a backend had it, and what a backend refused, costs no tokens', async () => {
  const stage = await stageOf({ tokens: '1000/day', requests: '100/day' })
  assert.equal((await ask(stage, { body: { model: 'nobody' } })).status, 404)
  assert.equal((await ask(stage, { fault: '500' })).status, 502)
  assert.equal((await ask(stage, { fault: 'reset' })).status, 502)
  const last = await ask(stage, { path: '/v1/messages/count_tokens' })
  assert.equal(left(last, 'tokens'), 1_000)
  assert.equal(left(last), 96)
  await stage.stop()
})

test('an answer that breaks off is charged for its prompt and for what was seen of it, and no less', async () => {
  const stage = await stageOf({ tokens: '1000/day' })
  await ask(stage, { body: { stream: true, max_tokens: 500 }, fault: 'cut-after=4' })
  await stage.untilSealed(1)
  const input = Math.ceil(Buffer.byteLength(JSON.stringify({ ...CHAT, stream: true, max_tokens: 500 })) / 3)
  const after = await ask(stage, { path: '/v1/messages/count_tokens' })
  const charged = 1_000 - left(after, 'tokens')
  assert.ok(charged >= input + 4 && charged <= input + 30, `${charged} of ${input} and 4`)
  await stage.stop()
})

test('an answer without counts is charged by estimate', async () => {
  const stage = await stageOf({ tokens: '1000/day' })
  await ask(stage, { body: { stream: true }, fault: 'no-usage' })
  const [record] = await stage.untilSealed(1)
  assert.equal(record?.estimated.usage, true)
  const after = await ask(stage, { path: '/v1/messages/count_tokens' })
  assert.ok(1_000 - left(after, 'tokens') >= 10)
  await stage.stop()
})

test('a request that could never fit is told why, with numbers, and costs nothing', async () => {
  const stage = await stageOf({ tokens: '100/min', requests: '9/day' })
  const refused = await ask(stage, { body: { max_tokens: 5_000 } })
  assert.equal(refused.status, 400)
  assert.match(
    await messageOf(refused),
    /^This request may take 5,0\d\d tokens \(about \d\d of the prompt and up to 5,000 of the answer\), more than the key team-a may ever use at once: 100\. Ask for a shorter answer/,
  )
  // Where the caller named no limit, only its prompt can be too long.
  assert.equal((await ask(stage, { body: { max_tokens: undefined } })).status, 200)
  assert.equal((await ask(stage, { body: { max_tokens: undefined, messages: 'x'.repeat(400) } })).status, 400)
  await stage.stop()
})

test('no more requests are open at once than the key may have', async () => {
  const stage = await stageOf({ concurrent: 2 })
  const slow = { body: { stream: true }, fault: 'slow-ttft=300' }
  const running = [ask(stage, slow), ask(stage, slow)]
  while (stage.ledger().totals.started < 2) await new Promise((resolve) => setTimeout(resolve, 2))
  const refused = await ask(stage)
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1'])
  assert.match(await messageOf(refused), /2 requests at a time/)
  await Promise.all(running)
  await stage.untilSealed(3)
  assert.equal((await ask(stage)).status, 200)
  await stage.stop()
})

test('limits of the tenant and of the model hold for all their keys together', async () => {
  const stage = await stageOf(undefined, {
    tenants: [{ name: 'north', limits: { requests: '3/day' } }],
    models: [{ name: 'sim-embed', limits: { requests: '1/day' } }],
  })
  const embed = { path: '/v1/embeddings', body: { model: 'sim-embed', input: 'x' } }
  assert.equal(left(await ask(stage, embed)), 0)
  assert.match(
    await messageOf(await ask(stage, { ...embed, key: OTHER })),
    /the model sim-embed is reached: 1 requests per day/,
  )
  assert.equal((await ask(stage, { key: OTHER })).status, 200)
  assert.equal(left(await ask(stage)), 0)
  assert.match(await messageOf(await ask(stage, { key: OTHER })), /the tenant north is reached/)
  await stage.stop()
})

test('a budget is spent by the price of the model, and refused for good when it is gone', async () => {
  // The prompt is a few tokens and the answer ten: about 0.03 a request.
  const config = configOf({ budget: '0.15/month' }, { models: [{ name: 'sim-chat', price: PRICE }] })
  const stage = await startStage({ profile: { outputTokens: 10 }, config })
  let spent = 0
  let served = 0
  for (;;) {
    const response = await ask(stage, { body: { max_tokens: 10 } })
    if (response.status !== 200) {
      assert.equal(response.status, 429)
      assert.equal(response.headers.get('x-should-retry'), 'false')
      const { error } = (await response.json()) as { error: { code: string; message: string } }
      assert.equal(error.code, 'budget_exhausted')
      assert.match(
        error.message,
        /the key team-a is spent, or too little of it is left for this request: 0\.15 CNY per month/,
      )
      break
    }
    const { usage } = (await response.json()) as {
      usage: { prompt_tokens: number; completion_tokens: number }
    }
    spent += usage.prompt_tokens * 1_000 + usage.completion_tokens * 2_000
    served += 1
  }
  assert.ok(served >= 2 && spent <= 150_000)
  const records = await stage.untilSealed(served + 1)
  const costs = records.map(({ cost }) => cost?.micros ?? 0)
  assert.equal(
    costs.reduce((sum, micros) => sum + micros, 0),
    spent,
  )
  assert.deepEqual(records[0]?.cost?.currency, 'CNY')
  // A model without a price is not for the budget to refuse.
  assert.equal(
    (await ask(stage, { path: '/v1/embeddings', body: { model: 'sim-embed', input: 'x' } })).status,
    200,
  )
  await stage.stop()

  // The money is still spent after a restart.
  const again = await startStage({ profile: { outputTokens: 10 }, config })
  assert.equal((await ask(again, { body: { max_tokens: 10 } })).status, 429)
  await again.stop()
})

test('counters survive a reload, and a changed limit holds at once', async () => {
  const config = configOf({ requests: '3/day', tokens: '10000/day' })
  const stage = await startStage({ profile: { outputTokens: 10 }, config })
  await ask(stage)
  await ask(stage)
  const backends = [{ name: 'sim', url: stage.simulatorUrl, kind: 'simulator' }]
  const changed = { ...configOf({ requests: '5/day', tokens: '10000/day' }), backends, data: config['data'] }
  await stage.weir.apply(toConfig(changed))
  // What was used counts against whatever the limit is now.
  const third = await ask(stage)
  assert.deepEqual([third.headers.get('x-ratelimit-limit-requests'), left(third)], ['5', 2])
  assert.ok(left(third, 'tokens') < 10_000 - 20)
  await stage.stop()
})

test('a caller that leaves while its answer is generated pays for the prompt and what there was', async () => {
  const stage = await stageOf({ tokens: '1000/day' })
  const leaving = new AbortController()
  const response = await fetch(`${stage.url}/v1/chat/completions`, {
    method: 'POST',
    signal: leaving.signal,
    headers: {
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      'x-sim-fault': 'tokens=200,slow-tokens=20',
    },
    body: JSON.stringify({ ...CHAT, max_tokens: 400, stream: true }),
  })
  const reader = response.body?.getReader()
  for (let events = 0; events < 3; events += 1) await reader?.read()
  leaving.abort()
  await stage.untilSealed(1)
  const after = await ask(stage, { path: '/v1/messages/count_tokens' })
  const charged = 1_000 - left(after, 'tokens')
  assert.ok(charged > 30 && charged < 200, String(charged))
  await stage.stop()
})
