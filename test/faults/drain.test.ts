// A thousand live streams and a SIGTERM, against the program as people run it: whoever can finish within the window does, the
// others are told so in their dialect, and every one of them is in the log.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startProcess, type WeirProcess } from '../acceptance/support/process.ts'
import { sendRaw } from '../acceptance/support/wire.ts'
import { until } from '../support/weir.ts'
import { callers, judge, type Caller } from './callers.ts'
import { talk, toRequest, type Conversation } from './wire.ts'

const STREAMS = 1_000
/** Connections that are made at the same moment: more would wait in the queue of the listener. */
const AT_ONCE = 100
const TOKENS = 12
const TOKEN_EVERY_MS = 700
const PATIENCE_MS = 60_000
/** An error event to a thousand callers, each written and read. */
const TOLD_WITHIN_MS = 10_000

const streaming = callers.filter(({ stream }) => stream)

let simulator: Simulator
let weir: WeirProcess
beforeEach(async () => {
  simulator = createSimulator({ outputTokens: TOKENS, recordRequests: false })
  await simulator.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  await weir.destroy()
  await simulator.close()
})

interface Talking {
  readonly caller: Caller
  readonly conversation: Promise<Conversation>
}

/** Opens them all and resolves when each has got its first bytes. */
async function openStreams(drain: string, tokens: number): Promise<Talking[]> {
  const backends = [{ name: 'sim', url: simulator.address?.url, kind: 'simulator' }]
  weir = await startProcess({ config: { backends, server: { drain } } })
  const talking: Talking[] = []
  let begun = 0
  for (let from = 0; from < STREAMS; from += AT_ONCE) {
    for (let index = from; index < from + AT_ONCE; index += 1) {
      const caller = streaming[index % streaming.length]!
      const fault = `slow-tokens=${TOKEN_EVERY_MS},tokens=${tokens}`
      const headers = { ...caller.headers, connection: 'close', 'x-sim-fault': fault }
      const request = toRequest({ path: caller.path, body: caller.toBody('hi'), headers })
      const conversation = talk(weir.port, request, {
        patienceMs: PATIENCE_MS,
        drive: (socket) => void socket.once('data', () => (begun += 1)),
      })
      talking.push({ caller, conversation })
    }
    await until(() => begun === from + AT_ONCE, 'the beginning of each stream', PATIENCE_MS)
  }
  return talking
}

const requestLines = (): Readonly<Record<string, unknown>>[] =>
  weir.lines().filter((line) => line['msg'] === 'request')

test('a thousand streams finish within the window: none is cut, none is missing in the log, exit 0', async (t) => {
  const talking = await openStreams('60s', TOKENS)
  assert.equal(simulator.ledger.totals.inFlight, STREAMS, 'all of them are alive')
  weir.kill('SIGTERM')
  await until(() => weir.lines().some((line) => String(line['msg']).startsWith('stopping')), 'the signal')
  const refused = await sendRaw(weir.port, { path: streaming[0]!.path, body: streaming[0]!.toBody('hi') })
  assert.deepEqual([refused.status, refused.header('connection')], [503, 'close'])
  const startedMs = performance.now()
  for (const { caller, conversation } of talking) {
    assert.deepEqual(judge(caller, await conversation), { kind: 'complete' })
  }
  assert.deepEqual(await weir.exit, { code: 0, signal: null })
  t.diagnostic(`ended ${((performance.now() - startedMs) / 1_000).toFixed(1)} s after the signal`)
  assert.equal(simulator.ledger.totals.ended.complete, STREAMS)
  const outcomes = requestLines().map((line) => line['outcome'])
  assert.equal(outcomes.filter((outcome) => outcome === 'ok').length, STREAMS)
  assert.equal(outcomes.length, STREAMS + 1, 'and the one that was refused')
})

test('a thousand streams outlast the window: each is told so in its dialect, none is reset, each is in the log', async (t) => {
  const talking = await openStreams('500ms', TOKENS * 100)
  weir.kill('SIGTERM')
  const startedMs = performance.now()
  for (const { caller, conversation } of talking) {
    const verdict = judge(caller, await conversation)
    assert.equal(verdict.kind, 'error', JSON.stringify(verdict))
    assert.match(verdict.message, /shutting down/)
  }
  const tookMs = performance.now() - startedMs
  assert.deepEqual(await weir.exit, { code: 1, signal: null })
  t.diagnostic(`told within ${(tookMs / 1_000).toFixed(1)} s`)
  assert.ok(tookMs < TOLD_WITHIN_MS, `it took ${tookMs} ms`)
  const codes = requestLines().map((line) => line['code'])
  assert.deepEqual([codes.length, codes.filter((code) => code === 'draining').length], [STREAMS, STREAMS])
  await until(() => simulator.ledger.totals.inFlight === 0, 'the end of all work')
})
