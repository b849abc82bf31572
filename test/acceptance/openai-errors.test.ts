import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { hashKey } from '../../src/access/create-key.ts'
import { startStage, type Stage } from '../support/weir.ts'

const KEY = 'wk_openaikk_0123456789012345678901234567'
const BODY_LIMIT_BYTES = 4_096

let stage: Stage

before(async () => {
  stage = await startStage({
    profile: { outputTokens: 3 },
    config: {
      keys: [{ name: 'team', hash: hashKey(KEY), models: ['sim-chat'] }],
      server: { maxBody: '4KiB' },
    },
  })
})
after(() => stage.stop())

const messages = [{ role: 'user' as const, content: 'Good morning' }]
const create = (options: ConstructorParameters<typeof OpenAI>[0] = {}): OpenAI =>
  new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: KEY, maxRetries: 0, ...options })

test('a wrong key, a model the key may not use, and a body too large raise their own classes', async () => {
  const started = stage.ledger().totals.started
  const ask = { model: 'sim-chat', messages }
  const large = [{ role: 'user' as const, content: 'x'.repeat(BODY_LIMIT_BYTES) }]
  const cases = [
    [create({ apiKey: 'wk_wrong' }), ask, OpenAI.AuthenticationError, 401, 'unauthorized'],
    [create(), { ...ask, model: 'sim-embed' }, OpenAI.PermissionDeniedError, 403, 'forbidden'],
    [create(), { ...ask, messages: large }, OpenAI.APIError, 413, 'request_too_large'],
    [create(), { ...ask, model: 'sim-chatt' }, OpenAI.PermissionDeniedError, 403, 'forbidden'],
  ] as const
  for (const [client, body, expected, status, code] of cases) {
    await assert.rejects(client.chat.completions.create(body), (thrown) => {
      assert.ok(thrown instanceof expected, String(thrown))
      assert.deepEqual([thrown.status, thrown.code], [status, code])
      assert.match(thrown.requestID ?? '', /^req_/)
      return true
    })
  }
  assert.equal(stage.ledger().totals.started, started, 'nothing of this reached the backend')
})

test('what the key may not use it does not see', async () => {
  const names = (await create().models.list()).data.map((model) => model.id)
  assert.deepEqual(names, ['sim-chat'])
  await assert.rejects(create().models.retrieve('sim-embed'), OpenAI.NotFoundError)
})

/** A client whose backend recovers after the first answer. */
function recovering(fault: '429' | '500', seconds?: number) {
  const statuses: number[] = []
  stage.simulator.configure({ faults: [{ fault, ...(seconds !== undefined && { arg: seconds }) }] })
  const client = create({
    maxRetries: 2,
    fetch: async (input, init) => {
      const answer = await fetch(input, init)
      statuses.push(answer.status)
      stage.simulator.configure({ faults: [] })
      return answer
    },
  })
  return { client, statuses }
}

test('the client retries what may be retried, and waits as long as the backend asked for', async () => {
  for (const [fault, seconds, status] of [
    ['429', 1, 429],
    ['500', undefined, 502],
  ] as const) {
    const { client, statuses } = recovering(fault, seconds)
    const startedMs = performance.now()
    const answer = await client.chat.completions.create({ model: 'sim-chat', messages })
    assert.ok(answer.choices.length === 1)
    assert.deepEqual(statuses, [status, 200], fault)
    if (seconds !== undefined) assert.ok(performance.now() - startedMs >= seconds * 1000, fault)
  }
})

test('the client does not repeat what cannot get better', async () => {
  const sealed = stage.records.length
  const client = create({ maxRetries: 3, apiKey: 'wk_wrong' })
  await assert.rejects(
    client.chat.completions.create({ model: 'sim-chat', messages }),
    OpenAI.AuthenticationError,
  )
  assert.equal((await stage.untilSealed(sealed + 1)).length, sealed + 1)
})
