import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { createSimulator, type ProfileInput } from '../../src/simulator/index.ts'
import { startGateway, startStage, until, type TestGateway, type Written } from '../support/weir.ts'
import { RawClient, sendRaw, toRequestBytes, type Answer } from './support/wire.ts'

const CHAT = '/v1/chat/completions'
/** The least that can be configured. */
const KEEP_ALIVE = '1s'

let closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

async function start(profile: ProfileInput, backend: Written = {}): Promise<TestGateway> {
  const queue = { keepAlive: KEEP_ALIVE, ...(backend['queue'] as object | undefined) }
  const stage = await startStage({ profile: { outputTokens: 4, ...profile }, backend: { ...backend, queue } })
  closers.push(() => stage.stop())
  return stage
}

const bodyOf = (model = 'sim-chat'): string =>
  JSON.stringify({
    model,
    stream: true,
    max_tokens: 9,
    messages: [{ role: 'user', content: 'x' }],
    input: 'x',
  })

const ask = (gateway: TestGateway, { path = CHAT, fault = '', model = 'sim-chat' } = {}): Promise<Answer> =>
  sendRaw(gateway.port, {
    path,
    headers: fault === '' ? [] : [['x-sim-fault', fault]],
    body: bodyOf(model),
  })

const depthOf = ({ weir }: TestGateway): number =>
  [...weir.gateway.backends()].reduce((sum, { queueDepth }) => sum + queueDepth, 0)

/** Holds the only slot; gives back what frees it. */
async function occupy(gateway: TestGateway): Promise<() => void> {
  const client = new RawClient(gateway.port)
  client.write(toRequestBytes({ path: CHAT, headers: [['x-sim-fault', 'hang']], body: bodyOf() }))
  await until(() => [...gateway.weir.gateway.backends()][0]?.slotsInUse === 1, 'the slot to be taken')
  return () => void client.socket.destroy()
}

test('a caller that waits for a slot sees its place, then the answer, whole', async () => {
  const gateway = await start({}, { concurrency: 1 })
  const free = await occupy(gateway)
  const client = new RawClient(gateway.port)
  client.write(toRequestBytes({ path: CHAT, headers: [['x-request-id', 'waits']], body: bodyOf() }))
  await client.sees(': queued, position 1')
  await until(() => client.received.toString().split(': queued').length === 3, 'a second sign of life')
  free()
  const answer = await client.answer()
  assert.deepEqual([answer.status, answer.complete], [200, true])
  assert.equal(answer.header('content-type'), 'text/event-stream; charset=utf-8')
  assert.deepEqual(
    ['x-request-id', 'x-weir-queue-position', 'x-accel-buffering'].map((name) => answer.header(name)),
    ['waits', '1', 'no'],
  )
  assert.equal(answer.header('x-weir-backend'), undefined, 'nobody had begun to answer')
  const body = answer.body.toString()
  assert.match(body, /^(: queued, position 1(, about \d+ s)?\n\n){2}data: \{/)
  assert.ok(body.endsWith('data: [DONE]\n\n'))
  const record = (await gateway.untilSealed(2)).find(({ id }) => id === 'waits')
  assert.deepEqual([record?.outcome, record?.backend, record?.attempts.length], ['ok', 'sim', 1])
  assert.equal(record?.responseBytes, answer.body.length)
  assert.ok((record?.phases.queue ?? 0) > 2_000)
  client.socket.destroy()
})

test('the official clients do not mind signs of life, from a queue or while a model loads', async () => {
  const gateway = await start({ models: [{ name: 'cold', cold: true, loadMs: 1_800 }] })
  const openai = new OpenAI({ apiKey: 'x', baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  const anthropic = new Anthropic({ apiKey: 'x', baseURL: gateway.url, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'x' }]
  const chat = async (): Promise<string> => {
    let text = ''
    for await (const chunk of await openai.chat.completions.create({ model: 'cold', stream: true, messages }))
      text += chunk.choices[0]?.delta.content ?? ''
    return text
  }
  const responses = async (): Promise<string> => {
    let text = ''
    for await (const event of await openai.responses.create({ model: 'cold', stream: true, input: 'x' }))
      if (event.type === 'response.output_text.delta') text += event.delta
    return text
  }
  const claude = async (): Promise<string> => {
    const stream = anthropic.messages.stream({ model: 'cold', max_tokens: 9, messages })
    return stream.finalText()
  }
  const raw = ask(gateway, { model: 'cold' })
  for (const text of await Promise.all([chat(), responses(), claude()])) assert.ok(text.length > 0)
  assert.match((await raw).body.toString(), /^: waiting for the model\n\n/)
  const records = await gateway.untilSealed(4)
  assert.ok(records.every(({ outcome, queued }) => outcome === 'ok' && queued === undefined))
})

test('who waits in vain after a sign of life gets one error event, in its own dialect', async () => {
  const gateway = await start({}, { concurrency: 1, queue: { timeout: '2s' } })
  const free = await occupy(gateway)
  const paths = [CHAT, '/v1/messages', '/v1/responses']
  const [chat, messages, responses] = await Promise.all(paths.map((path) => ask(gateway, { path })))
  assert.deepEqual([chat?.status, messages?.status, responses?.status], [200, 200, 200])
  assert.match(
    chat?.body.toString() ?? '',
    /^(: queued[^\n]*\n\n)+data: \{"error":\{.*"code":"queue_timeout"\}\}\n\n$/,
  )
  assert.match(
    messages?.body.toString() ?? '',
    /\n\nevent: error\ndata: \{"type":"error",.*"overloaded_error".*\n\n$/,
  )
  assert.match(responses?.body.toString() ?? '', /\n\nevent: error\ndata: \{.*queue_timeout.*\n\n$/)
  const openai = new OpenAI({ apiKey: 'x', baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  const anthropic = new Anthropic({ apiKey: 'x', baseURL: gateway.url, maxRetries: 0 })
  const user = [{ role: 'user' as const, content: 'x' }]
  await Promise.all([
    assert.rejects(async () => {
      const stream = await openai.chat.completions.create({ model: 'sim-chat', stream: true, messages: user })
      for await (const chunk of stream) assert.fail(JSON.stringify(chunk))
    }, OpenAI.APIError),
    assert.rejects(
      anthropic.messages.stream({ model: 'sim-chat', max_tokens: 9, messages: user }).finalText(),
      Anthropic.APIError,
    ),
  ])
  for (const record of await gateway.untilSealed(5)) {
    assert.deepEqual([record.code, record.status, record.outcome], ['queue_timeout', 200, 'gateway_error'])
    assert.equal(record.interruptedBy, undefined, 'no answer had begun')
  }
  free()
})

test('a sign of life commits to no backend: the next one is tried', async () => {
  const simulators = [createSimulator({ faults: [{ fault: 'hang' }] }), createSimulator({ outputTokens: 4 })]
  const backends: Written[] = []
  for (const [index, simulator] of simulators.entries()) {
    const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
    closers.push(() => simulator.close())
    backends.push({
      ...{ name: `b${index}`, url, kind: 'simulator', queue: { keepAlive: KEEP_ALIVE } },
      timeouts: { firstToken: '1500ms' },
    })
  }
  const models = [{ name: 'sim-chat', backends: ['b0', 'b1'], strategy: 'priority' }]
  const gateway = await startGateway({ backends, models })
  closers.push(() => gateway.stop())
  const answer = await ask(gateway)
  assert.match(answer.body.toString(), /^: waiting for the model\n\ndata: \{.*data: \[DONE\]\n\n$/s)
  const [record] = await gateway.untilSealed(1)
  assert.deepEqual(
    record?.attempts.map(({ backend, code }) => [backend, code]),
    [
      ['b0', 'first_token_timeout'],
      ['b1', undefined],
    ],
  )
})

/** A backend that thinks for longer than a sign of life takes, and then answers as it is told. */
async function startSlowBackend(
  answers: Readonly<Record<string, [number, string, string]>>,
): Promise<string> {
  const server = createServer((request, response) => {
    const [status, type, body] = answers[request.url ?? ''] ?? [404, 'text/plain', '']
    const answer = (): void => void response.writeHead(status, { 'content-type': type }).end(body)
    request.resume().on('end', () => void (request.method === 'POST' ? setTimeout(answer, 1_700) : answer()))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('what is no stream after a sign of life is an error event that says why', async () => {
  const JSON_TYPE = 'application/json'
  const url = await startSlowBackend({
    '/v1/models': [200, JSON_TYPE, '{"data":[{"id":"sim-chat"}]}'],
    '/health': [200, JSON_TYPE, '{}'],
    [CHAT]: [
      400,
      JSON_TYPE,
      '{"error":{"message":"temperature is too high","type":"invalid_request_error"}}',
    ],
    '/v1/completions': [200, JSON_TYPE, '{"choices":[{"text":"whole","finish_reason":"stop"}]}'],
    '/v1/messages': [200, JSON_TYPE, `{"type":"message","content":[{"text":"${'x'.repeat(1_200_000)}"}]}`],
  })
  const gateway = await startGateway({
    backends: [{ name: 'slow', url, kind: 'vllm', queue: { keepAlive: KEEP_ALIVE } }],
  })
  closers.push(() => gateway.stop())
  const paths = [CHAT, '/v1/completions', '/v1/messages']
  const [refusal, whole, large] = await Promise.all(paths.map((path) => ask(gateway, { path })))
  for (const answer of [refusal, whole, large])
    assert.deepEqual([answer?.status, answer?.complete], [200, true])
  assert.match(
    refusal?.body.toString() ?? '',
    /^: waiting for the model\n\ndata: \{"error":\{"message":"temperature is too high"/,
  )
  assert.match(
    whole?.body.toString() ?? '',
    /^: waiting for the model\n\ndata: \{"error":.*backend_protocol_error/,
  )
  assert.match(large?.body.toString() ?? '', /^: waiting for the model\n\nevent: error\ndata: /)
  assert.ok((large?.body.length ?? 0) < 1_000, 'nothing of the answer follows')
  const codes = (await gateway.untilSealed(3)).map(({ code }) => code)
  assert.deepEqual(codes.toSorted(), ['backend_protocol_error', 'backend_protocol_error', 'invalid_request'])
})

test('what is compressed after a sign of life is an error event: its head is spent, and says nothing of it', async () => {
  const gateway = await start({ firstTokenMs: 1_700 })
  const answer = await ask(gateway, { fault: 'gzip-anyway' })
  assert.match(
    answer.body.toString(),
    /^: waiting for the model\n\ndata: \{"error":.*backend_protocol_error.*\n\n$/,
  )
  const [record] = await gateway.untilSealed(1)
  assert.deepEqual([record?.outcome, record?.code], ['backend_error', 'backend_protocol_error'])
})

test('nothing is sent to callers of lines of JSON, of whole answers, or where it is switched off', async () => {
  const gateway = await start({ firstTokenMs: 1_700 })
  const silent = await start({ firstTokenMs: 1_700 }, { queue: { keepAlive: 'off' } })
  const whole = sendRaw(gateway.port, { path: CHAT, body: bodyOf().replace('true', 'false') })
  const lines = ask(gateway, { path: '/api/chat' })
  const off = ask(silent)
  for (const answer of await Promise.all([whole, lines, off])) {
    assert.equal(answer.status, 200)
    assert.ok(!answer.body.toString().includes(': waiting'))
    assert.equal(answer.header('x-weir-backend'), 'sim')
  }
})

test('a caller that leaves after a sign of life is recorded as gone, and holds no place', async () => {
  const gateway = await start({}, { concurrency: 1 })
  const free = await occupy(gateway)
  const client = new RawClient(gateway.port)
  client.write(toRequestBytes({ path: CHAT, body: bodyOf() }))
  await client.sees(': queued')
  client.socket.destroy()
  await until(() => depthOf(gateway) === 0, 'the place to be free')
  const [record] = await gateway.untilSealed(1)
  assert.deepEqual([record?.outcome, record?.attempts], ['abandoned', []])
  free()
})

test('an answer that has begun gets no sign of life of ours, however slow it is', async () => {
  const gateway = await start({ outputTokens: 3, tokensPerSecond: 0.8 })
  const answer = await ask(gateway)
  assert.deepEqual([answer.status, answer.complete], [200, true])
  assert.doesNotMatch(answer.body.toString(), /^:/m)
  const [record] = await gateway.untilSealed(1)
  assert.ok((record?.durationMs ?? 0) > 2_000, 'it was over before one was due')
})
