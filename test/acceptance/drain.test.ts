import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { until } from '../support/weir.ts'
import { startProcess, type WeirProcess } from './support/process.ts'
import { RawClient, sendRaw, toRequestBytes } from './support/wire.ts'

const STREAMS = 100
const PROMPT = '"max_tokens":500,"prompt":"x","messages":[{"role":"user","content":"x"}]'
/** A signal that follows another within half a second counts as the same one. */
const SECOND_SIGNAL_AFTER_MS = 600
const AT_ONCE_MS = 1_000
/** Longer than between two tokens of a stream that is not held up. */
const STANDSTILL_MS = 100
/** The window, then two graces: for the error to be said, and for it to be read. */
const STUCK_MS = 4_000

let simulator: Simulator
let weir: WeirProcess

beforeEach(async () => {
  simulator = createSimulator({ outputTokens: 30, tokensPerSecond: 30 })
  await simulator.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  await weir.destroy()
  await simulator.close()
})

async function start(drain: string): Promise<void> {
  const backends = [{ name: 'sim', url: simulator.address?.url, kind: 'simulator' }]
  weir = await startProcess({ config: { backends, server: { drain } } })
}

/** A stream that has begun. */
async function openStream(path: string, fault?: string): Promise<RawClient> {
  const client = new RawClient(weir.port)
  const headers = fault === undefined ? [] : [['x-sim-fault', fault] as const]
  client.write(toRequestBytes({ path, headers, body: `{"model":"sim-chat","stream":true,${PROMPT}}` }))
  await client.sees('sim-chat')
  return client
}

const requestLines = (): Readonly<Record<string, unknown>>[] =>
  weir.lines().filter((line) => line['msg'] === 'request')

test('SIGTERM lets a hundred live streams finish, refuses new requests, and ends with 0', async () => {
  await start('20s')
  const clients = await Promise.all(Array.from({ length: STREAMS }, () => openStream('/v1/chat/completions')))
  weir.kill('SIGTERM')
  await until(() => weir.lines().some((line) => String(line['msg']).startsWith('stopping')), 'the signal')

  const refused = await sendRaw(weir.port, {
    path: '/v1/chat/completions',
    body: `{"model":"sim-chat",${PROMPT}}`,
  })
  assert.equal(refused.status, 503)
  assert.equal(refused.header('connection'), 'close')
  assert.equal((JSON.parse(refused.body.toString()) as { error: { code: string } }).error.code, 'draining')
  const ready = await sendRaw(weir.port, { method: 'GET', path: '/readyz' })
  assert.equal(ready.status, 503)
  assert.match(ready.body.toString(), /draining/)
  assert.equal((await sendRaw(weir.port, { method: 'GET', path: '/healthz' })).status, 200, 'it is alive')

  for (const client of clients) {
    const answer = await client.answer()
    assert.equal(answer.complete, true)
    assert.ok(answer.body.toString().endsWith('data: [DONE]\n\n'))
  }
  assert.deepEqual(await weir.exit, { code: 0, signal: null }, weir.output())
  assert.equal(simulator.ledger.totals.ended.complete, STREAMS)
  const outcomes = requestLines().map((line) => line['outcome'])
  assert.equal(outcomes.filter((outcome) => outcome === 'ok').length, STREAMS)
  assert.equal(outcomes.length, STREAMS + 1, 'every record is in the log')
})

test('when the window is over every stream is told so in its dialect, and the exit code says it', async () => {
  await start('300ms')
  const endings: Readonly<Record<string, RegExp>> = {
    '/v1/chat/completions': /data: \{"error":\{[^\n]*"code":"draining"\}\}\n\n$/,
    '/v1/completions': /data: \{"error":\{[^\n]*"code":"draining"\}\}\n\n$/,
    '/api/chat': /\n\{"error":"This gateway is shutting down\."\}\n$/,
    '/api/generate': /\n\{"error":"This gateway is shutting down\."\}\n$/,
    '/v1/messages':
      /\nevent: error\ndata: \{"type":"error","error":\{[^\n]*"request_id":"req_[0-9a-f]+"\}\n\n$/,
  }
  const clients: [string, RawClient][] = []
  for (const path of Object.keys(endings)) {
    clients.push([path, await openStream(path, 'slow-tokens=100,tokens=400')])
  }
  const waiting = new RawClient(weir.port)
  waiting.write(
    toRequestBytes({
      path: '/v1/chat/completions',
      headers: [['x-sim-fault', 'hang']],
      body: `{"model":"sim-chat",${PROMPT}}`,
    }),
  )
  await until(() => simulator.ledger.totals.started === clients.length + 1, 'the request that hangs')
  weir.kill('SIGTERM')
  for (const [path, client] of clients) {
    const answer = await client.answer()
    assert.equal(answer.complete, true, path)
    assert.match(answer.body.toString(), endings[path] ?? /never/, path)
  }
  const refused = await waiting.answer()
  assert.equal(refused.status, 503)
  assert.match(refused.body.toString(), /"code":"draining"/)
  assert.deepEqual(await weir.exit, { code: 1, signal: null }, weir.output())
  await until(() => simulator.ledger.totals.inFlight === 0, 'the end of all work')
  assert.equal(simulator.ledger.totals.ended['client-left'], clients.length + 1)
  const lines = requestLines()
  assert.equal(lines.length, clients.length + 1, 'every record is in the log')
  for (const line of lines) assert.deepEqual([line['outcome'], line['code']], ['gateway_error', 'draining'])
})

test('a second SIGTERM ends it at once', async () => {
  await start('60s')
  const clients = await Promise.all(
    [1, 2, 3].map(() => openStream('/api/chat', 'slow-tokens=100,tokens=900')),
  )
  weir.kill('SIGTERM')
  await new Promise((resolve) => setTimeout(resolve, SECOND_SIGNAL_AFTER_MS))
  assert.equal(weir.exited, false, 'the first one waits')
  const startedMs = performance.now()
  weir.kill('SIGTERM')
  const { code } = await weir.exit
  const tookMs = performance.now() - startedMs
  assert.ok(tookMs < AT_ONCE_MS, `it took ${tookMs} ms`)
  assert.equal(code, 1)
  await until(() => clients.every((client) => client.ended !== undefined), 'the end of every connection')
  await until(() => simulator.ledger.totals.inFlight === 0, 'the end of all work')
  assert.equal(requestLines().length, clients.length, 'every record is in the log')
})

test('a caller that reads nothing cannot keep it from ending', async () => {
  await start('300ms')
  const client = new RawClient(weir.port)
  client.socket.pause()
  const fault = [['x-sim-fault', 'slow-tokens=0,tokens=100000'] as const]
  const body = `{"model":"sim-chat","stream":true,${PROMPT.replace('500', '100000')}}`
  client.write(toRequestBytes({ path: '/v1/chat/completions', headers: fault, body }))
  let written = 0
  await until(async () => {
    const before = written
    await new Promise((resolve) => setTimeout(resolve, STANDSTILL_MS))
    written = simulator.ledger.entries[0]?.bytesWritten ?? 0
    return written > 0 && written === before
  }, 'a standstill')
  assert.equal(simulator.ledger.totals.inFlight, 1)
  const startedMs = performance.now()
  weir.kill('SIGTERM')
  assert.deepEqual(await weir.exit, { code: 1, signal: null }, weir.output())
  assert.ok(performance.now() - startedMs < STUCK_MS)
  assert.deepEqual(
    requestLines().map((line) => line['code']),
    ['draining'],
  )
  client.socket.destroy()
})

test('SIGTERM with nothing to do ends it at once', async () => {
  await start('60s')
  assert.equal((await fetch(`${weir.url}/readyz`)).status, 200)
  weir.kill('SIGTERM')
  const startedMs = performance.now()
  assert.deepEqual(await weir.exit, { code: 0, signal: null })
  assert.ok(performance.now() - startedMs < AT_ONCE_MS)
})
