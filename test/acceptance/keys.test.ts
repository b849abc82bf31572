// Keys as people use them: made, rotated and revoked by commands, while a gateway runs and official clients call it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { after, before, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import Anthropic from '@anthropic-ai/sdk'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { hashKey } from '../../src/access/create-key.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startStage, until, type Written } from '../support/weir.ts'
import { startProcess, type WeirProcess } from './support/process.ts'
import { RawClient, sendRaw, type Answer } from './support/wire.ts'

const run = promisify(execFile)
const MAIN = join(import.meta.dirname, '../../src/main.ts')
/** What is promised is about a second; a busy machine gets another. */
const SOON_MS = 2_000
const BODY = '{"model":"sim-chat","max_tokens":3,"messages":[{"role":"user","content":"x"}]}'

let simulator: Simulator

before(async () => {
  simulator = createSimulator({ outputTokens: 3 })
  await simulator.listen({ host: '127.0.0.1', port: 0 })
})
after(() => simulator.close())

const served = (): Written => ({
  backends: [{ name: 'sim', url: simulator.address?.url, kind: 'simulator' }],
})

interface Running {
  readonly weir: WeirProcess
  /** Runs `weir keys …` beside the gateway, as a process of its own. */
  readonly keys: (line: string) => Promise<string>
  readonly makeKey: (line: string) => Promise<string>
}

async function start(t: TestContext, written: Written = {}): Promise<Running> {
  const weir = await startProcess({ config: { ...served(), ...written } })
  t.after(() => weir.destroy())
  const keys = async (line: string): Promise<string> => {
    const argv = [MAIN, 'keys', ...line.split(' '), '-c', weir.file, '--data-dir', dataOf(weir)]
    return (await run(process.execPath, argv, { cwd: dirname(weir.file) })).stdout
  }
  const makeKey = async (line: string): Promise<string> =>
    (JSON.parse(await keys(`${line} --json`)) as { key: string }).key
  return { weir, keys, makeKey }
}

const dataOf = (weir: WeirProcess): string => join(dirname(weir.file), 'weir-data')

const ask = (weir: { port: number }, key: string, path = '/v1/chat/completions'): Promise<Answer> =>
  sendRaw(weir.port, { path, headers: [['Authorization', `Bearer ${key}`]], body: BODY })

const statusOf = async (weir: { port: number }, key: string): Promise<number> => (await ask(weir, key)).status

/** Until keys are asked for: before that, a caller on this machine is served whatever it sends. */
const untilClosed = (weir: { port: number }): Promise<void> =>
  until(async () => (await statusOf(weir, '')) === 401, 'the door to close', SOON_MS)

const openAi = (weir: WeirProcess, apiKey: string): OpenAI =>
  new OpenAI({ baseURL: `${weir.url}/v1`, apiKey, maxRetries: 0 })

const chat = (client: OpenAI) =>
  client.chat.completions.create({ model: 'sim-chat', messages: [{ role: 'user', content: 'x' }] })

test('a key works at a running gateway without a reload, rotates with an overlap, and ends when revoked', async (t) => {
  const { weir, keys, makeKey } = await start(t)
  assert.equal(await statusOf(weir, 'anything'), 200, 'no key was ever made: local callers are served')

  const first = await makeKey('create --name team-a --tenant north')
  await untilClosed(weir)
  const answer = await chat(openAi(weir, first))
  assert.equal(answer.choices[0]?.message.role, 'assistant')

  const second = await makeKey('rotate team-a --overlap 1h')
  await until(async () => (await statusOf(weir, second)) === 200, 'the new key to work', SOON_MS)
  for (const key of [first, second]) assert.ok((await chat(openAi(weir, key))).id)

  await keys('revoke team-a --old')
  await until(async () => (await statusOf(weir, first)) === 401, 'the old key to end', SOON_MS)
  assert.ok((await chat(openAi(weir, second))).id)

  await keys('revoke team-a')
  await until(async () => (await statusOf(weir, second)) === 401, 'the last key to end', SOON_MS)
  await assert.rejects(chat(openAi(weir, second)), OpenAI.AuthenticationError)
  assert.notEqual(await statusOf(weir, 'anything'), 200, 'what was closed stays closed')

  const lines = weir.lines().filter((line) => line['key'] === 'team-a')
  assert.ok(lines.length >= 4 && lines.every((line) => line['tenant'] === 'north'))
  for (const key of [first, second]) assert.ok(!weir.output().includes(key))
})

test('the official clients of every API are served with a stored key, and refused in their own terms without', async (t) => {
  const { weir, makeKey } = await start(t)
  const key = await makeKey('create --name sdk')
  await untilClosed(weir)
  const message = { max_tokens: 3, model: 'sim-chat', messages: [{ role: 'user', content: 'x' }] } as const
  const anthropic = (apiKey: string) => new Anthropic({ baseURL: weir.url, apiKey, maxRetries: 0 })
  const ollama = (apiKey: string) =>
    new Ollama({ host: weir.url, headers: { Authorization: `Bearer ${apiKey}` } })
  assert.ok((await chat(openAi(weir, key))).id)
  assert.ok((await anthropic(key).messages.create({ ...message, messages: [...message.messages] })).id)
  assert.ok((await ollama(key).chat({ ...message, messages: [...message.messages] })).done)
  await assert.rejects(chat(openAi(weir, `${key}x`)), OpenAI.AuthenticationError)
  await assert.rejects(
    anthropic(`${key}x`).messages.create({ ...message, messages: [...message.messages] }),
    Anthropic.AuthenticationError,
  )
  await assert.rejects(
    ollama(`${key}x`).chat({ ...message, messages: [...message.messages] }),
    /No valid API key/,
  )
})

test('a request in flight ends as it began, though its key is revoked meanwhile', async (t) => {
  const { weir, keys, makeKey } = await start(t)
  const key = await makeKey('create --name team-a')
  await untilClosed(weir)
  const client = new RawClient(weir.port)
  const body =
    '{"model":"sim-chat","stream":true,"max_tokens":400,"messages":[{"role":"user","content":"x"}]}'
  // The head and half of the body: who calls is settled, and nothing was forwarded yet.
  client.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 40)}`,
  )
  await keys('revoke team-a')
  await until(async () => (await statusOf(weir, key)) === 401, 'the key to end', SOON_MS)
  client.write(body.slice(40))
  assert.equal((await client.answer()).status, 200)
  client.socket.destroy()
})

test('a key is kept to its paths and its networks, and an end that has come is told to its holder', async (t) => {
  const { weir, makeKey } = await start(t)
  const narrow = await makeKey('create --name narrow --paths /v1/chat/*')
  const remote = await makeKey('create --name remote --from 203.0.113.0/24')
  const brief = await makeKey('create --name brief --expires 1ms')
  const local = await makeKey('create --name local --from 127.0.0.0/8')
  await untilClosed(weir)
  await until(async () => (await statusOf(weir, local)) === 200, 'the last key to be known', SOON_MS)
  assert.equal((await ask(weir, narrow)).status, 200)
  const elsewhere = await ask(weir, narrow, '/api/chat')
  assert.equal(elsewhere.status, 403)
  assert.match(elsewhere.body.toString(), /may not use this path/)
  const away = await ask(weir, remote)
  assert.equal(away.status, 403)
  assert.match(away.body.toString(), /may not be used from this address/)
  const over = await ask(weir, brief)
  assert.equal(over.status, 401)
  assert.match(over.body.toString(), /This API key expired at 20\d\d-/)
})

test('a configured proxy is believed about its caller, and any other is not', async (t) => {
  const through = async (trustedProxies: readonly string[]) => {
    const stage = await startStage({
      config: {
        server: { trustedProxies },
        keys: [{ name: 'a', hash: hashKey('k'), from: ['203.0.113.0/24'] }],
      },
    })
    t.after(() => stage.stop())
    return (forwardedFor: string) =>
      sendRaw(stage.port, {
        path: '/v1/chat/completions',
        headers: [
          ['x-api-key', 'k'],
          ['X-Forwarded-For', forwardedFor],
        ],
        body: BODY,
      })
  }
  const trusting = await through(['127.0.0.1'])
  assert.equal((await trusting('203.0.113.9')).status, 200)
  assert.equal((await trusting('203.0.113.9, 198.51.100.7')).status, 403, 'the right-most stranger counts')
  assert.equal((await trusting('nonsense')).status, 403)
  const wary = await through(['192.0.2.1'])
  assert.equal((await wary('203.0.113.9')).status, 403)
})

test('without keys a trusted proxy is still no local caller', async (t) => {
  const stage = await startStage({ config: { server: { trustedProxies: ['127.0.0.0/8', '::1'] } } })
  t.after(() => stage.stop())
  const answer = await sendRaw(stage.port, {
    path: '/v1/chat/completions',
    headers: [['X-Forwarded-For', '127.0.0.1']],
    body: BODY,
  })
  assert.equal(answer.status, 401)
  assert.match(answer.body.toString(), /weir keys create --name NAME/)
})

test('a store that breaks keeps the keys that were known, says so once, and does not make the gateway unready', async (t) => {
  const { weir, makeKey } = await start(t)
  const key = await makeKey('create --name team-a')
  await untilClosed(weir)
  const file = join(dataOf(weir), 'weir.db')
  const sound = readFileSync(file)
  rmSync(`${file}-wal`, { force: true })
  rmSync(`${file}-shm`, { force: true })
  rmSync(file)
  writeFileSync(file, 'what somebody wrote over it'.repeat(100))
  const complaints = () =>
    weir.lines().filter(({ msg }) => String(msg).startsWith('the key store cannot be read'))
  await until(() => complaints().length > 0, 'the complaint', 2 * SOON_MS)
  assert.match(String(complaints()[0]?.['reason']), /is not a SQLite database/)
  assert.equal(await statusOf(weir, key), 200)
  assert.equal((await fetch(`${weir.url}/readyz`)).status, 200)
  rmSync(file)
  writeFileSync(file, sound)
  await until(
    () => weir.lines().some(({ msg }) => msg === 'the key store can be read again'),
    'recovery',
    SOON_MS,
  )
  assert.equal(complaints().length, 1)
})

test('a gateway that starts beside a broken store lets nobody in', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'weir-broken-'))
  t.after(() => rmSync(data, { recursive: true }))
  writeFileSync(join(data, 'weir.db'), 'no database'.repeat(100))
  const stage = await startStage({ config: { data } })
  t.after(() => stage.stop())
  assert.equal((await ask(stage, 'anything')).status, 401)
})

test('ten thousand hostile credentials reach no statement of the store, and are slowed down', async (t) => {
  const { weir, makeKey } = await start(t)
  const key = await makeKey('create --name team-a')
  weir.kill('SIGTERM')
  await weir.exit
  // Every statement of this process, and whatever is bound to one.
  const traced = [
    t.mock.method(DatabaseSync.prototype, 'prepare'),
    t.mock.method(DatabaseSync.prototype, 'exec'),
    t.mock.method(StatementSync.prototype, 'get'),
    t.mock.method(StatementSync.prototype, 'all'),
    t.mock.method(StatementSync.prototype, 'run'),
  ]
  const stage = await startStage({ config: { data: dataOf(weir) } })
  t.after(() => stage.stop())
  await until(async () => (await statusOf(stage, key)) === 200, 'the stored key to work', SOON_MS)
  const statuses = new Map<number, number>()
  const hostile = Array.from(
    { length: 10_000 },
    (_, at) => `canary${at}${ATTACKS[at % ATTACKS.length] ?? ''}`,
  )
  const startedMs = performance.now()
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let value = hostile.pop(); value !== undefined; value = hostile.pop()) {
        const { status } = await fetch(`${stage.url}/v1/models`, {
          headers: { authorization: `Bearer ${value}` },
        })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }),
  )
  t.diagnostic(`10,000 refusals in ${Math.round(performance.now() - startedMs)} ms`)
  assert.equal(statuses.get(200), undefined)
  assert.equal((statuses.get(401) ?? 0) + (statuses.get(429) ?? 0), 10_000)
  assert.ok((statuses.get(401) ?? 0) <= 60, `${statuses.get(401)} were answered as if they were the first`)
  const texts = traced.flatMap(({ mock }) => mock.calls.map((call) => JSON.stringify(call.arguments)))
  assert.ok(!texts.some((text) => text.includes('canary')))
  const digest = createHash('sha256').update(key).digest('hex')
  assert.ok(texts.some((text) => text.includes('FROM keys')) && !texts.some((text) => text.includes(digest)))
  assert.equal(await statusOf(stage, key), 200, 'the good key of the same address still works')
  const page = await stage.scrape()
  assert.match(page, /weir_rejected_total\{reason="rate_limited"\} 9\d{3}/)
})

const ATTACKS = [
  `'OR'1'='1`,
  `';DROP/**/TABLE/**/keys;--`,
  `"||(SELECT/**/hash/**/FROM/**/keys)||"`,
  '%00%27',
  '%',
  '_',
  '{{7*7}}',
  '${env:HOME}',
  '../../etc/passwd',
  'A'.repeat(900),
]
