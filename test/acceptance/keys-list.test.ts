// `weir keys list` beside running gateways: what was really used, from the data folder and from a real Redis.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startRedis } from '../support/redis.ts'
import { createShell } from '../support/shell.ts'
import { startStage, until, type Stage, type Written } from '../support/weir.ts'

const MODELS = [{ name: 'sim-chat', price: { input: 1_000, output: 2_000, currency: 'EUR' } }]
const TENANTS = [{ name: 'north', limits: { budget: '1000/month' } }]
const LIMITS = '--requests 100/day --tokens 1M/day --concurrent 4 --budget 50/month'

function makeFolder(context: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), 'weir-keys-list-'))
  context.after(() => rmSync(data, { recursive: true, force: true }))
  return data
}

/** A gateway with prices and limits, and commands that read the same configuration. */
async function start(context: TestContext, more: Written = {}) {
  const data = makeFolder(context)
  const config = { data, models: MODELS, tenants: TENANTS, ...more }
  const stage = await startStage({
    config,
    profile: { tokensPerSecond: 20 },
  })
  context.after(() => stage.stop())
  const weir = createShell(context, JSON.stringify(config))
  const use = async (): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const [key] = JSON.parse((await weir('keys list --json')).out) as { usage: Record<string, unknown>[] }[]
    return key?.usage ?? []
  }
  return { stage, weir, use }
}

/** The first key that the gateway takes closes its door to everybody else. */
function untilClosed({ url }: Stage): Promise<void> {
  return until(async () => (await fetch(`${url}/v1/models`)).status === 401, 'the gateway knows the key')
}

const CHAT = { model: 'sim-chat', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] }

function chat({ url }: Stage, key: string, more: Written = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ ...CHAT, ...more }),
    ...(signal === undefined ? {} : { signal }),
  })
}

test('what a key has spent at a running gateway is in its list a second later, and after the gateway has ended', async (context) => {
  const { stage, weir, use } = await start(context)
  const key = (await weir(`keys create --name team-a --tenant north ${LIMITS}`)).out.split('\n')[0] ?? ''
  await untilClosed(stage)
  for (let count = 0; count < 3; count += 1) await (await chat(stage, key)).text()
  await until(() => stage.records.filter(({ cost }) => cost !== undefined).length === 3, 'three costs')
  const spent = stage.records.reduce((sum, { cost }) => sum + (cost?.micros ?? 0), 0) / 1_000_000
  assert.ok(spent > 0)
  const budgetsOf = async () =>
    (await use()).filter(({ kind }) => kind === 'budget').map(({ scope, used }) => [scope, used])
  const told = [
    ['key', spent],
    ['tenant', spent],
  ]
  await until(
    async () => (await budgetsOf()).every(([, used]) => used === spent),
    'the budgets are written down',
  )
  assert.deepEqual(await budgetsOf(), told)
  assert.deepEqual(
    (await use()).filter(({ unknown }) => unknown === 'in_memory').map(({ kind }) => kind),
    ['requests', 'tokens', 'concurrent'],
  )
  await stage.stop()
  assert.deepEqual(await budgetsOf(), told)
  await weir('keys rotate team-a --overlap 0')
  assert.deepEqual(await budgetsOf(), told, 'a budget belongs to the name, not to the secret')
})

test('with a shared state everything is known: also what is open now', async (context) => {
  const redis = await startRedis(context)
  if (redis === undefined) return
  const { stage, weir, use } = await start(context, { state: { url: redis.url, timeout: '5s' } })
  const key = (await weir(`keys create --name team-a --tenant north ${LIMITS}`)).out.split('\n')[0] ?? ''
  const fresh = await use()
  assert.deepEqual(
    fresh.map(({ kind, used }) => [kind, used]),
    [
      ['requests', 0],
      ['tokens', 0],
      ['concurrent', 0],
      ['budget', 0],
      ['budget', 0],
    ],
  )
  await untilClosed(stage)
  await (await chat(stage, key)).text()
  const leave = new AbortController()
  const open = await chat(stage, key, { stream: true, max_tokens: 400 }, leave.signal)
  const now = await use()
  const [requests, tokens, concurrent, budget, tenant] = now.map(({ used }) => Number(used))
  assert.deepEqual([requests, concurrent, tenant], [2, 1, budget])
  assert.deepEqual([now[0]?.['left'], now[2]?.['left']], [98, 3])
  assert.ok((tokens ?? 0) > 400 && (budget ?? 0) > 0, 'what is set aside for the open one counts')
  assert.match(String(now[3]?.['resets']), /^\d{4}-\d\d-01T00:00:00Z$/)
  const { code, out, err } = await weir('keys list')
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^ {2}concurrent {2}4 at once {4,}1 used \(25%\) {2,}3 left$/m)
  assert.ok(!out.includes('counted in the memory'))
  leave.abort()
  await open.text().catch(() => '')
  await until(async () => (await use())[2]?.['used'] === 0, 'the slot is free again')

  await redis.kill()
  const gone = await weir('keys list')
  assert.equal(gone.code, 2)
  assert.match(gone.out, /^team-a .*\n {2}requests .* - +no answer$/m)
  assert.match(
    gone.err,
    /^error: the state that gateways share \(redis:\/\/.*\) cannot be asked what is used: /,
  )
})

test('a shared state that takes connections and says nothing is waited for no longer than a few seconds', async (context) => {
  const redis = await startRedis(context)
  if (redis === undefined) return
  const data = makeFolder(context)
  const weir = createShell(context, JSON.stringify({ data, models: MODELS, state: redis.url }))
  await weir('keys create --name a --requests 60/min')
  redis.freeze()
  context.after(() => redis.thaw())
  const startMs = performance.now()
  const { code, err } = await weir('keys list')
  assert.equal(code, 2)
  assert.match(err, /cannot be asked what is used: it does not answer\n$/)
  assert.ok(performance.now() - startMs < 8_000)
})
