// Several backends and several names for a model, through the real gateway: who is asked, for what, and what the caller is told.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import OpenAI from 'openai'
import { hashKey } from '../../src/access/create-key.ts'
import { sumOf } from '../support/metrics.ts'
import { until } from '../support/weir.ts'
import { createFleets, type Fleet } from './support/fleet.ts'
import { sendRaw, type Answer } from './support/wire.ts'

const start = createFleets()

const CHAT = '/v1/chat/completions'

const bodyOf = (model: string, stream = false): string =>
  JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'x' }], max_tokens: 9 })

interface Asked {
  readonly stream?: boolean
  readonly path?: string
  readonly key?: string
}

function ask({ gateway }: Fleet, model: string, { stream, path = CHAT, key }: Asked = {}): Promise<Answer> {
  const headers = key === undefined ? [] : ([['authorization', `Bearer ${key}`]] as const)
  return sendRaw(gateway.port, { path, headers, body: bodyOf(model, stream) })
}

/** Where an answer came from, and under which names. */
const told = (answer: Answer): readonly (string | number | undefined)[] => [
  answer.status,
  ...['x-weir-backend', 'x-weir-model', 'x-weir-fallback-from', 'x-weir-attempts'].map((name) =>
    answer.header(name),
  ),
]

const PATHS = [CHAT, '/api/chat', '/v1/messages']

const FALLBACK = { models: [{ name: 'big', fallback: ['small'] }, { name: 'small' }] }

for (const [fault, reason] of [
  ['reset', 'backend_unreachable'],
  ['500', 'backend_error'],
  ['404', 'model_not_found'],
  ['429', 'rate_limited'],
  ['503-busy', 'backend_error'],
  ['error-200', 'backend_error'],
] as const) {
  test(`a model whose only backend fails with ${fault} is answered by its fallback, which every reader is told`, async () => {
    const fleet = await start(
      { a: { serves: ['big'], faults: [{ fault }] }, b: { serves: ['small'] } },
      { config: FALLBACK },
    )
    const attempts = fault === 'reset' ? 3 : 2
    const answer = await ask(fleet, 'big')
    assert.deepEqual(told(answer), [200, 'b', 'small', 'big', String(attempts)], answer.body.toString())
    assert.equal((JSON.parse(answer.body.toString()) as { model: string }).model, 'small')
    const [record] = await fleet.gateway.untilSealed(1)
    assert.deepEqual(
      [
        record?.modelAsked,
        record?.modelRouted,
        record?.fallbackFrom,
        record?.fallbackReason,
        record?.outcome,
      ],
      ['big', 'small', 'big', reason, 'ok'],
    )
    const page = await fleet.gateway.scrape()
    assert.equal(sumOf(page, 'weir_fallbacks_total', { from: 'big', to: 'small', reason }), 1)
    assert.equal(sumOf(page, 'weir_fallbacks_total'), 1)
    assert.equal(sumOf(page, 'weir_requests_total', { model: 'small', outcome: 'ok' }), 1)
    await fleet.gateway.stop()
    const line = fleet.gateway.logLines.find((each) => each.includes('"fallback_from"')) ?? '{}'
    const { fallback_from, fallback_reason, model } = JSON.parse(line) as Record<string, string>
    assert.deepEqual([fallback_from, fallback_reason, model], ['big', reason, 'small'])
  })
}

test('a stream of every dialect falls back when its first event is an error', async () => {
  for (const path of PATHS) {
    const fleet = await start(
      { a: { serves: ['big'], faults: [{ fault: 'error-200' }] }, b: { serves: ['small'] } },
      { config: FALLBACK },
    )
    const answer = await ask(fleet, 'big', { stream: true, path })
    assert.deepEqual(told(answer), [200, 'b', 'small', 'big', '2'], path)
    assert.ok(answer.complete)
    assert.doesNotMatch(answer.body.toString(), /error/)
  }
})

test('a fallback stands in when every backend is down, and is not asked otherwise', async () => {
  const fleet = await start(
    { a: { serves: ['big'] }, b: { serves: ['big'] }, c: { serves: ['small'] } },
    { config: FALLBACK },
  )
  for (let round = 0; round < 4; round += 1)
    assert.equal((await ask(fleet, 'big')).header('x-weir-model'), 'big')
  assert.equal(fleet.started('c'), 0)
  fleet.simulators['a']?.configure({ refuse: true })
  assert.equal((await ask(fleet, 'big')).header('x-weir-backend'), 'b', 'one of two is down')
  fleet.simulators['b']?.configure({ refuse: true })
  assert.deepEqual(told(await ask(fleet, 'big')), [200, 'c', 'small', 'big', '3'])
  await fleet.gateway.weir.gateway.runtime.fleet.refresh()
  assert.deepEqual(
    told(await ask(fleet, 'big')),
    [200, 'c', 'small', 'big', '1'],
    'known to be down, nobody wastes an attempt on them',
  )
  const records = await fleet.gateway.untilSealed(7)
  assert.equal(records.at(-1)?.fallbackReason, 'no_backend')
  fleet.simulators['c']?.configure({ refuse: true })
  const none = await ask(fleet, 'big')
  assert.equal(none.header('x-weir-attempts'), '3', 'when nobody is well, everybody is tried')
  assert.ok([502, 503].includes(none.status))
})

test('a model without a backend at all is answered by its fallback', async () => {
  const fleet = await start({ c: { serves: ['small'] } }, { config: FALLBACK })
  assert.deepEqual(told(await ask(fleet, 'big')), [200, 'c', 'small', 'big', '1'])
})

test('what is asked about a model is never answered for its fallback', async () => {
  const fleet = await start({ a: { serves: ['big'] }, b: { serves: ['small'] } }, { config: FALLBACK })
  await fleet.simulators['a']?.close()
  assert.equal((await ask(fleet, 'big')).header('x-weir-model'), 'small')
  for (const path of ['/api/show', '/v1/messages/count_tokens']) {
    const [status, ...from] = told(await ask(fleet, 'big', { path }))
    assert.deepEqual([status, from.slice(0, 3)], [502, ['a', 'big', undefined]], path)
  }
})

test('a model whose queue is full is answered by its fallback at once', async () => {
  const fleet = await start(
    { a: { serves: ['big'], firstTokenMs: 1_500 }, b: { serves: ['small'] } },
    { config: FALLBACK, backend: { concurrency: 1, queue: { size: 0 } } },
  )
  const first = ask(fleet, 'big')
  await until(() => fleet.started('a') === 1, 'the request that has the slot')
  assert.deepEqual(told(await ask(fleet, 'big')), [200, 'b', 'small', 'big', '1'])
  const [record] = await fleet.gateway.untilSealed(1)
  assert.deepEqual([record?.fallbackFrom, record?.fallbackReason], ['big', 'queue_full'])
  assert.deepEqual(told(await first), [200, 'a', 'big', undefined, '1'])
})

test('a name beyond ASCII is told percent-encoded', async () => {
  const fleet = await start(
    { c: { serves: ['small'] } },
    { config: { models: [{ name: '堰', fallback: ['small'] }] } },
  )
  assert.equal((await ask(fleet, '堰')).header('x-weir-fallback-from'), '%E5%A0%B0')
})

test('a key that may not use the fallback gets the error of the model it asked for', async () => {
  const keys = {
    one: 'wk_aaaaaaaa_0123456789012345678901234567',
    both: 'wk_bbbbbbbb_0123456789012345678901234567',
  }
  const fleet = await start(
    { a: { serves: ['big'], faults: [{ fault: '500' }] }, b: { serves: ['small'] } },
    {
      config: {
        ...FALLBACK,
        keys: [
          { name: 'one', hash: hashKey(keys.one), models: ['big'] },
          { name: 'both', hash: hashKey(keys.both), models: ['big', 'sm*'] },
        ],
      },
    },
  )
  assert.deepEqual(told(await ask(fleet, 'big', { key: keys.one })), [502, 'a', 'big', undefined, '1'])
  assert.deepEqual(told(await ask(fleet, 'big', { key: keys.both })), [200, 'b', 'small', 'big', '2'])
  assert.equal(fleet.started('b'), 1)
})

test('one attempt is kept for the fallback, and three are made in all', async () => {
  const broken = { serves: ['big'], faults: [{ fault: '500' as const }] }
  const fleet = await start(
    { a: broken, b: broken, c: broken, d: { serves: ['small'] } },
    { config: FALLBACK },
  )
  assert.deepEqual(told(await ask(fleet, 'big')), [200, 'd', 'small', 'big', '3'])
})

test('an alias is answered as what it stands for, and nothing but its name changes on the way', async () => {
  const fleet = await start(
    { a: { serves: ['Org/Qwen-3'], models: [{ name: 'Org/Qwen-3' }, { name: 'own' }] } },
    {
      config: {
        models: [
          { name: 'qwen', aliases: ['gpt-*'], model: 'Org/Qwen-3' },
          { name: 'mine', backends: [{ name: 'a', model: 'own' }] },
        ],
      },
    },
  )
  const written = (model: string): string =>
    String.raw`{ "seed" :12345678901234567890, "model":  "${model}" ,"messages":[{"role":"user","content":"堰 \u5830"}],"x":1e-1}`
  for (const [asked, target, label] of [
    ['qwen', 'Org/Qwen-3', 'Org/Qwen-3'],
    ['gpt-4o', 'Org/Qwen-3', 'Org/Qwen-3'],
    ['gpt-\\u0034o', 'Org/Qwen-3', 'Org/Qwen-3'],
    ['Org/Qwen-3', 'Org/Qwen-3', 'Org/Qwen-3'],
    ['mine', 'own', 'mine'],
  ] as const) {
    const answer = await sendRaw(fleet.gateway.port, { path: CHAT, body: written(asked) })
    assert.deepEqual(told(answer), [200, 'a', label, undefined, '1'], answer.body.toString())
    const seen = fleet.simulators['a']?.ledger.entries.at(-1)
    const expected = Buffer.from(written(target))
    assert.equal(seen?.bodySha256, createHash('sha256').update(expected).digest('hex'), asked)
    assert.deepEqual(
      [seen?.requestBytes, seen?.headers?.['content-length']],
      [expected.length, `${expected.length}`],
    )
    assert.equal(
      (JSON.parse(answer.body.toString()) as { model: string }).model,
      target,
      'the answer stays as it came',
    )
  }
  const names = (await (await fetch(`${fleet.gateway.url}/v1/models`)).json()) as { data: { id: string }[] }
  const ids = names.data.map(({ id }) => id)
  for (const name of ['qwen', 'mine', 'Org/Qwen-3']) assert.ok(ids.includes(name), name)
})

test('every dialect and a stream that asks for usage reach the backend under its own name', async () => {
  const fleet = await start(
    { a: { serves: ['real'] } },
    { config: { models: [{ name: 'alias', model: 'real' }] } },
  )
  for (const path of PATHS) {
    for (const stream of [false, true]) {
      const answer = await ask(fleet, 'alias', { path, stream })
      assert.deepEqual(told(answer), [200, 'a', 'real', undefined, '1'], path)
      assert.equal(fleet.simulators['a']?.ledger.entries.at(-1)?.model, 'real')
    }
  }
})

test('the strategies share requests as they say', async () => {
  const serves = ['m']
  const count = async (model: object, turns: number): Promise<number[]> => {
    const fleet = await start(
      { a: { serves }, b: { serves }, c: { serves } },
      { config: { models: [{ name: 'm', ...model }] } },
    )
    for (let turn = 0; turn < turns; turn += 1) assert.equal((await ask(fleet, 'm')).status, 200)
    return ['a', 'b', 'c'].map((name) => fleet.started(name))
  }
  assert.deepEqual(await count({ strategy: 'round-robin' }, 9), [3, 3, 3])
  assert.deepEqual(await count({ strategy: 'least-busy' }, 9), [3, 3, 3])
  const weighted = [{ name: 'a', weight: 3 }, { name: 'b', weight: 2 }, 'c']
  assert.deepEqual(await count({ strategy: 'weighted', backends: weighted }, 12), [6, 4, 2])
  assert.deepEqual(await count({ strategy: 'priority', backends: ['b', 'a'] }, 5), [0, 5, 0])
})

test('the second tier serves when the first is down', async () => {
  const serves = ['m']
  const fleet = await start(
    { a: { serves, refuse: true }, b: { serves } },
    { config: { models: [{ name: 'm', strategy: 'priority', backends: ['a', 'b'] }] } },
  )
  const answer = await ask(fleet, 'm')
  assert.deepEqual([answer.status, answer.header('x-weir-backend')], [200, 'b'])
})

test('a model that one backend does not have is answered by one that has it; if none has, it is not found', async () => {
  const config = { models: [{ name: 'm', strategy: 'priority', backends: ['a', 'b'] }] }
  const fleet = await start({ a: { serves: ['other'] }, b: { serves: ['m'] } }, { config })
  assert.deepEqual(told(await ask(fleet, 'm')), [200, 'b', 'm', undefined, '2'])
  const nobody = await start({ a: { serves: ['other'] }, b: { serves: ['other'] } }, { config })
  const client = new OpenAI({ baseURL: `${nobody.gateway.url}/v1`, apiKey: 'any', maxRetries: 0 })
  await assert.rejects(
    client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }] }),
    (thrown) => thrown instanceof OpenAI.NotFoundError && thrown.code === 'model_not_found',
  )
  assert.deepEqual([nobody.started('a'), nobody.started('b')], [1, 1])
})

test('a model that one backend lacks and another cannot serve is no fault of the caller', async () => {
  const fleet = await start(
    { a: { serves: ['m'], faults: [{ fault: '500' }] }, b: { serves: ['other'] } },
    { config: { models: [{ name: 'm', strategy: 'priority', backends: ['a', 'b'] }] } },
  )
  const answer = await ask(fleet, 'm')
  assert.deepEqual([answer.status, answer.header('x-weir-attempts')], [502, '2'])
})

test('when all are at their limit the caller is told the shortest wait, in the class its client knows', async () => {
  const limited = (arg: number) => ({ serves: ['m'], faults: [{ fault: '429' as const, arg }] })
  const fleet = await start({ a: limited(30), b: limited(7), c: limited(12) })
  const client = new OpenAI({ baseURL: `${fleet.gateway.url}/v1`, apiKey: 'any', maxRetries: 0 })
  await assert.rejects(
    client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }] }),
    (thrown) => {
      assert.ok(thrown instanceof OpenAI.RateLimitError)
      assert.equal(thrown.headers.get('retry-after'), '7')
      return true
    },
  )
})
