// Faults 18, 19 and 21: callers that leave, or stay and do not read.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { afterEach, test } from 'node:test'
import { startGateway, startStage, until, type Stage, type StageOptions } from '../../support/weir.ts'
import { pour, startRawBackend } from '../raw-backend.ts'
import { toRequest } from '../wire.ts'

let closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

async function start(options: StageOptions): Promise<Stage> {
  const stage = await startStage(options)
  closers.push(() => stage.stop())
  return stage
}

const STREAMED = toRequest({
  path: '/v1/chat/completions',
  body: JSON.stringify({ model: 'sim-chat', stream: true, messages: [{ role: 'user', content: 'x' }] }),
})

function call(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => undefined)
  socket.write(STREAMED)
  return socket
}

/** From the promise of the design: within a tenth of a second, and no later than one on a busy machine. */
const MOST_MS = 1_000

test('a caller that leaves in the middle of a stream stops the generation and is recorded as gone', async () => {
  const stage = await start({ profile: { outputTokens: 2_000, tokensPerSecond: 100 } })
  const socket = call(stage.port)
  await until(() => stage.ledger().entries.at(-1)?.firstTokenAtMs !== undefined, 'a token')
  socket.destroy()
  const leftMs = performance.now()
  await until(() => stage.ledger().totals.inFlight === 0, 'the backend is let go')
  assert.ok(performance.now() - leftMs < MOST_MS)
  const [record] = await stage.untilSealed(1)
  assert.equal(record?.outcome, 'abandoned')
  assert.equal(record.code, 'client_closed')
  assert.equal(record.interruptedBy, 'caller')
})

test('a caller that leaves while it waits in the queue never reaches a backend', async () => {
  const stage = await start({
    profile: { outputTokens: 2_000, tokensPerSecond: 100 },
    backend: { concurrency: 1, queue: { size: 8, timeout: '10s' } },
  })
  const served = call(stage.port)
  await until(() => stage.ledger().totals.started === 1, 'the slot is taken')
  const waiting = call(stage.port)
  const [backend] = stage.weir.gateway.backends()
  assert.ok(backend)
  const depth = (): number => [...stage.weir.gateway.backends()][0]?.queueDepth ?? 0
  await until(() => depth() === 1, 'the second one waits')
  waiting.destroy()
  await until(() => depth() === 0, 'its place is free')
  const [record] = await stage.untilSealed(1)
  assert.equal(record?.outcome, 'abandoned')
  assert.equal(record.attempts.length, 0)
  served.destroy()
  await stage.untilSealed(2)
  assert.equal(stage.ledger().totals.started, 1)
})

const MIB = 1_048_576

test('a caller that does not read holds the backend back, fills no memory, and is cut off in the end', async () => {
  let poured: Promise<number> | undefined
  const event = Buffer.from(`data: {"choices":[{"index":0,"delta":{"content":"${'a'.repeat(8_000)}"}}]}\n\n`)
  const backend = await startRawBackend((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n')
    poured = pour(socket, event, 512 * MIB)
  })
  closers.push(() => backend.close())
  const gateway = await startGateway({
    backends: [{ name: 'raw', url: backend.url, kind: 'openai', models: ['sim-chat'] }],
    server: { writeTimeout: '500ms' },
  })
  closers.push(() => gateway.stop())
  const before = process.memoryUsage().rss
  const socket = call(gateway.port)
  socket.pause()
  const [record] = await gateway.untilSealed(1)
  assert.equal(record?.outcome, 'abandoned')
  assert.ok(record.phases['client-stall'] >= 400, `${record.phases['client-stall']} ms of stall`)
  assert.ok(process.memoryUsage().rss - before < 64 * MIB)
  // What the kernel's buffers on both sides take, and one buffer of ours.
  assert.ok(((await poured) ?? Infinity) < 32 * MIB)
  socket.destroy()
})
