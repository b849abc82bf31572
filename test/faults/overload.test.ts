// More work than the process can do, more memory than it has, more connections than it may: new requests are told so at
// once, what is in progress goes on, and afterwards everything is as before.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSimulator } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { startStage, until, type Stage } from '../support/weir.ts'
import { callers, judge } from './callers.ts'
import { startChildGateway } from './child-gateway.ts'
import { talk, toRequest, type Conversation } from './wire.ts'

const chatStream = callers.find(({ name }) => name === 'openai chat stream')!
const chatWhole = callers.find(({ name }) => name === 'openai chat whole')!
const MAX_LOOP_DELAY_MS = 200
/** Longer than what is allowed, and shorter than what any clock of ours waits for. */
const STALL_MS = 400
const RECOVERS_WITHIN_MS = 5_000
const MIB = 1_048_576

let stage: Stage
before(async () => {
  stage = await startStage({
    config: { server: { maxLoopDelay: `${MAX_LOOP_DELAY_MS}ms`, maxConnections: 40 } },
  })
})
after(() => stage.stop())

function ask(fault?: string, caller = chatWhole, port = stage.port): Promise<Conversation> {
  const headers = { connection: 'close', ...(fault !== undefined && { 'x-sim-fault': fault }) }
  return talk(port, toRequest({ path: caller.path, body: caller.toBody('hi'), headers }))
}

/** The gateway shares this thread: it stands as still as this does. */
function stall(): Promise<void> {
  const endMs = performance.now() + STALL_MS
  while (performance.now() < endMs);
  return new Promise((resolve) => void setImmediate(resolve))
}

async function get(path: string): Promise<{ status: number; text: string }> {
  const { answers } = await talk(
    stage.port,
    toRequest({ method: 'GET', path, headers: { connection: 'close' } }),
  )
  return { status: answers[0]?.status ?? 0, text: answers[0]?.body.toString() ?? '' }
}

test('one stall refuses nobody', async () => {
  await stall()
  assert.equal((await ask()).answers[0]?.status, 200)
  assert.equal(stage.weir.gateway.strain, undefined)
})

test('an event loop that stays behind refuses new requests, serves pages and streams, and recovers', async () => {
  const sealed = stage.records.length
  const { started } = stage.ledger().totals
  const streaming = ask('slow-tokens=150', chatStream)
  await until(() => (stage.ledger().entries[started]?.bytesWritten ?? 0) > 0, 'a stream under way')
  for (let i = 0; i < 4 && stage.weir.gateway.strain === undefined; i += 1) await stall()
  assert.equal(stage.weir.gateway.strain, 'loop')

  const [refused] = (await ask()).answers
  assert.equal(refused?.status, 503)
  assert.equal(refused.headers.get('retry-after'), '2')
  const { error } = JSON.parse(refused.body.toString()) as { error: { code: string; message: string } }
  assert.deepEqual(
    [error.code, error.message],
    ['queue_full', 'This gateway has more to do than it can; try again later.'],
  )
  assert.match((await get('/readyz')).text, /overloaded: loop/)
  assert.equal((await get('/v1/models')).status, 200, 'pages of its own are answered')
  const page = await stage.scrape()
  assert.equal(sumOf(page, 'weir_overloaded', { by: 'loop' }), 1)
  assert.equal(sumOf(page, 'weir_rejected_total', { reason: 'overload_loop' }), 1)
  assert.equal(sumOf(page, 'weir_rejected_total', { reason: 'queue_full' }), 0)

  assert.deepEqual(judge(chatStream, await streaming), { kind: 'complete' })
  await until(() => stage.weir.gateway.strain === undefined, 'its recovery', RECOVERS_WITHIN_MS)
  assert.equal((await ask()).answers[0]?.status, 200)
  assert.equal((await get('/readyz')).status, 200)
  const shed = (await stage.untilSealed(sealed + 4)).slice(sealed).map((record) => record.shed)
  assert.deepEqual(
    shed.filter((reason) => reason !== undefined),
    ['loop'],
  )
  const said = stage.logLines.filter((line) => line.includes('overloaded'))
  assert.equal(said.length, 2, 'the log says when it begins and when it ends')
})

function open(count: number): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, () => {
      const socket = connect({ port: stage.port, host: '127.0.0.1' })
      socket.on('error', () => undefined)
      return new Promise<Socket>((resolve) => void socket.once('connect', () => resolve(socket)))
    }),
  )
}

test('a caller beyond the limit of connections is told so, and the next one is served when there is room', async () => {
  const sealed = stage.records.length
  const sockets = await open(40)
  await until(() => stage.weir.gateway.connections === 40, 'all of them')
  for (const path of ['/healthz', '/readyz']) {
    const { answers } = await talk(
      stage.port,
      toRequest({ method: 'GET', path, headers: { connection: 'close' } }),
    )
    assert.equal(answers[0]?.status, 200, path)
  }
  const { answers, ended } = await talk(
    stage.port,
    toRequest({ path: chatWhole.path, body: chatWhole.toBody('hi') }),
  )
  assert.equal(answers[0]?.status, 503)
  assert.equal(answers[0].headers.get('connection'), 'close')
  assert.equal(ended, 'fin')
  assert.match(answers[0].body.toString(), /as many connections as it may/)
  assert.equal((await stage.untilSealed(sealed + 1))[sealed]?.shed, 'connections')

  const beyond = await open(11)
  const isOver = (socket: Socket) => socket.readyState === 'closed'
  for (const socket of beyond) socket.resume()
  await until(() => beyond.filter(isOver).length === 1, 'the one for which there is not even a refusal')
  for (const socket of [...sockets, ...beyond]) socket.destroy()
  await until(() => stage.weir.gateway.connections === 0, 'all of them are gone')
  assert.equal((await ask()).answers[0]?.status, 200)
})

test('of the requests of one connection one is worked on at a time, and the others wait unread', async () => {
  const sealed = stage.records.length
  const COUNT = 12
  const WAIT_MS = 100
  const request = toRequest({
    path: chatWhole.path,
    body: chatWhole.toBody('hi'),
    headers: { 'x-sim-fault': `slow-ttft=${WAIT_MS}` },
  })
  const { answers } = await talk(stage.port, Buffer.concat(Array.from({ length: COUNT }, () => request)), {
    until: (bytes) => bytes.toString('latin1').split('HTTP/1.1 ').length > COUNT,
  })
  const statuses = answers.map(({ status }) => status)
  assert.deepEqual(
    statuses,
    Array.from({ length: COUNT }, () => 200),
  )
  const records = (await stage.untilSealed(sealed + COUNT)).slice(sealed)
  // The next one is read before the last is written down, so the two touch; none begins while another waits.
  let freeAtMs = 0
  for (const { startedAtMs, durationMs } of records) {
    assert.ok(startedAtMs + WAIT_MS / 2 >= freeAtMs, `${freeAtMs - startedAtMs} ms too early`)
    freeAtMs = startedAtMs + durationMs
  }
})

const HEAP_MIB = 128
const BODY_MIB = 8
const CALLERS = 60
const CALLER_EVERY_MS = 20

test('a heap that fills refuses new requests before it is full, and recovers', async (t) => {
  const simulator = createSimulator({ outputTokens: 4, recordRequests: false })
  const { url } = await simulator.listen()
  const child = await startChildGateway(
    { backends: [{ name: 'sim', url, kind: 'simulator' }], server: { maxBody: '16MiB', maxHeap: '60%' } },
    { nodeArgs: [`--max-old-space-size=${HEAP_MIB}`] },
  )
  try {
    const filler = 'a'.repeat(BODY_MIB * MIB)
    const request = toRequest({
      path: chatWhole.path,
      body: chatWhole.toBody(filler),
      headers: { connection: 'close', 'x-sim-fault': 'slow-ttft=1000' },
    })
    const conversations = await Promise.all(
      Array.from({ length: CALLERS }, async (_, index) => {
        // The first of them fit; all of them do not.
        await sleep(index * CALLER_EVERY_MS)
        return talk(child.port, request)
      }),
    )
    const statuses = conversations.map(({ answers }) => answers.at(-1)?.status ?? 0)
    const served = statuses.filter((status) => status === 200).length
    const refused = statuses.filter((status) => status === 503).length
    t.diagnostic(`${served} served, ${refused} refused, peak ${child.memory().peakMiB.toFixed(0)} MiB`)
    assert.ok(served > 0 && refused > 0, statuses.join())
    // Who is still sending two seconds after its refusal is cut off, and may not have read it: a busy machine has some of those.
    assert.ok(served + refused > CALLERS * 0.9, statuses.join())
    await until(
      async () => (await ask(undefined, chatWhole, child.port)).answers[0]?.status === 200,
      'its recovery',
      RECOVERS_WITHIN_MS,
    )
    const page = await (await fetch(`http://127.0.0.1:${child.metricsPort}/metrics`)).text()
    const refusedFor = (reason: string): number => sumOf(page, 'weir_rejected_total', { reason })
    assert.ok(refusedFor('overload_memory') > 0)
    // A machine that is busy with other things may find its loop late as well.
    assert.ok(refusedFor('overload_memory') + refusedFor('overload_loop') >= refused)
  } finally {
    assert.equal(await child.stop(), 0)
    await simulator.close()
  }
})
