// Faults 4 to 10: an answer that has begun and goes wrong.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import OpenAI from 'openai'
import { toAnswer, pour, startRawBackend, type RawBackend } from '../raw-backend.ts'
import { startGateway, until, type TestGateway, type Written } from '../../support/weir.ts'
import { talk, toRequest } from '../wire.ts'
import { startPair, type Fault, type Pair, type Told } from './pair.ts'

let closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

async function startFaulty(fault: Fault, backend: Written = {}): Promise<Pair> {
  const pair = await startPair({ first: { faults: [fault] }, second: { faults: [fault] }, backend })
  closers.push(() => pair.stop())
  return pair
}

/** The client must not take what came for a whole answer. */
function assertRaised({ error, record }: Told, code: string): void {
  assert.ok(error instanceof OpenAI.APIError, `the client raised ${String(error)}`)
  assert.equal(error.code, code)
  assert.equal(record.code, code)
  assert.equal(record.interruptedBy, 'backend')
  assert.equal(record.attempts.length, 1, 'nothing is asked again once the answer has begun')
}

test('a backend killed in the middle of a stream ends it with an error the client raises', async () => {
  const { ask } = await startFaulty({ fault: 'reset-after', arg: 4 })
  const told = await ask(true)
  assertRaised(told, 'stream_interrupted')
  assert.ok(told.text.length > 0, 'what was generated before is not lost')
  assert.equal(told.record.estimated.usage, true)
})

test('a backend that falls silent in the middle is cut off by the idle clock with an error event', async () => {
  const { ask, first, second } = await startFaulty({ fault: 'stall-after', arg: 4 })
  assertRaised(await ask(true), 'idle_timeout')
  await until(
    () => first.ledger.totals.inFlight + second.ledger.totals.inFlight === 0,
    'the backend is let go',
  )
})

test('a trickle of single bytes is no silence, but the total time still holds', async () => {
  const timeouts = { connect: '500ms', firstToken: '2s', idle: '100ms', total: '2s' }
  const { ask } = await startFaulty({ fault: 'trickle', arg: 5 }, { timeouts })
  const told = await ask(true)
  assertRaised(told, 'deadline_exceeded')
  assert.ok(Math.abs(told.record.durationMs - 2_000) < 500, `${told.record.durationMs} ms of 2000`)
})

test('an event that is not JSON never reaches the client, and the stream ends with an error event', async () => {
  const { ask } = await startFaulty({ fault: 'malformed-after', arg: 4 })
  assertRaised(await ask(true), 'backend_protocol_error')
})

const MIB = 1_048_576

test('a line of a hundred megabytes is cut at the size of an event, and memory stays where it was', async () => {
  let poured = 0
  const { port, gateway } = await startRaw((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n')
    socket.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: ')
    void pour(socket, Buffer.alloc(65_536, 0x61), 100 * MIB).then((bytes) => (poured = bytes))
  })
  const before = process.memoryUsage().rss
  const { answers } = await talk(port, toRequest({ path: CHAT, body: STREAMED }), { until: endsWhole })
  const body = answers[0]?.body.toString() ?? ''
  assert.match(body, /"code":"backend_protocol_error"/)
  assert.ok(body.length < 64 * 1_024)
  await until(() => poured > 0, 'the backend is cut off')
  assert.ok(poured < 16 * MIB, `${poured} bytes were taken of the backend`)
  assert.ok(process.memoryUsage().rss - before < 64 * MIB)
  assert.equal(gateway.records.at(-1)?.code, 'backend_protocol_error')
})

const CHAT = '/v1/chat/completions'
const STREAMED = JSON.stringify({ model: 'any', stream: true, messages: [] })
const FINISH = 'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
const TOKEN = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"堰"}}]}\n\n'

async function startRaw(
  answer: Parameters<typeof startRawBackend>[0],
): Promise<{ port: number; gateway: TestGateway; backend: RawBackend }> {
  const backend = await startRawBackend(answer)
  closers.push(() => backend.close())
  const gateway = await startGateway({
    backends: [{ name: 'raw', url: backend.url, kind: 'openai', models: ['any'] }],
  })
  closers.push(() => gateway.stop())
  return { port: gateway.port, gateway, backend }
}

test('a stream that ends with its finish reason and no terminator is complete, and gets its terminator', async () => {
  const { port, gateway } = await startRaw((socket) =>
    socket.write(toAnswer(TOKEN + FINISH, 'text/event-stream')),
  )
  const { answers } = await talk(port, toRequest({ path: CHAT, body: STREAMED }), { until: endsWhole })
  assert.equal(answers[0]?.body.toString(), `${TOKEN}${FINISH}data: [DONE]\n\n`)
  await gateway.untilSealed(1)
  assert.equal(gateway.records[0]?.outcome, 'ok')
})

test('a stream that ends with neither finish reason nor terminator is an interrupted one', async () => {
  const { port, gateway } = await startRaw((socket) => socket.write(toAnswer(TOKEN, 'text/event-stream')))
  const { answers } = await talk(port, toRequest({ path: CHAT, body: STREAMED }), { until: endsWhole })
  const body = answers[0]?.body.toString() ?? ''
  assert.match(body, /"code":"stream_interrupted"/)
  assert.doesNotMatch(body, /\[DONE\]/)
  await gateway.untilSealed(1)
  assert.equal(gateway.records[0]?.interruptedBy, 'backend')
})

test('a large answer without a length, whose connection ends in its middle, does not end well for its caller', async () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n'
  const { port, gateway } = await startRaw((socket) =>
    socket.end(`${head}{"choices":[{"message":{"content":"${'a'.repeat(2 * MIB)}`),
  )
  const { bytes } = await talk(port, toRequest({ path: CHAT, body: '{"model":"any","messages":[]}' }))
  assert.ok(bytes.length > MIB)
  assert.equal(endsWhole(bytes), false)
  await gateway.untilSealed(1)
  assert.equal(gateway.records[0]?.code, 'stream_interrupted')
})

const endsWhole = (bytes: Buffer): boolean => bytes.toString('latin1').endsWith('0\r\n\r\n')
