import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startGateway, startStage, until, type Stage, type TestGateway } from '../support/weir.ts'
import { sumOf } from '../support/metrics.ts'
import { startBlockedListener } from './support/blocked-listener.ts'
import { RawClient, toRequestBytes } from './support/wire.ts'

/** What the backend may take to see that its caller is gone. */
const SEEN_WITHIN_MS = 100
/** A probe may take 100 ms in the test that asks for this; the rest is a busy machine. */
const START_WITHIN_MS = 2_000

let stage: Stage

before(async () => {
  stage = await startStage({ profile: { outputTokens: 200 } })
})
after(() => stage.stop())

interface Ask {
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

interface Caller {
  /** Bytes of the answer's body, or of its head, have come. */
  readonly hasAnswer: () => boolean
  readonly leave: () => void
}

/** The ways in which a caller goes: closing, resetting, and what a browser does. */
const LEAVINGS: readonly { readonly name: string; call(port: number, ask: Ask): Caller }[] = [
  {
    name: 'closes its connection',
    call: (port, ask) => callRaw(port, ask, (client) => void client.socket.destroy()),
  },
  {
    name: 'resets its connection',
    call: (port, ask) => callRaw(port, ask, (client) => void client.socket.resetAndDestroy()),
  },
  { name: 'aborts its fetch', call: callFetch },
]

function callRaw(port: number, ask: Ask, leave: (client: RawClient) => void): Caller {
  const client = new RawClient(port)
  client.write(toRequestBytes(ask))
  return { hasAnswer: () => client.received.includes('\r\n\r\n'), leave: () => leave(client) }
}

function callFetch(port: number, { path, headers, body }: Ask): Caller {
  const abort = new AbortController()
  let answered = false
  const run = async (): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body,
      signal: abort.signal,
    })
    for await (const chunk of answer.body as ReadableStream<Uint8Array>) answered ||= chunk.length > 0
  }
  run().catch(() => undefined)
  return { hasAnswer: () => answered, leave: () => abort.abort() }
}

const CHAT = { path: '/v1/chat/completions', prompt: '"messages":[{"role":"user","content":"x"}]' }
const OLLAMA = { path: '/api/generate', prompt: '"prompt":"x"' }
const ANTHROPIC = {
  path: '/v1/messages',
  prompt: '"max_tokens":200,"messages":[{"role":"user","content":"x"}]',
}

interface Phase {
  readonly name: string
  readonly api: typeof CHAT
  readonly stream: boolean
  readonly fault: string
  /** Whether the caller has got a part of the answer when it leaves. */
  readonly midAnswer: boolean
}

const PHASES: readonly Phase[] = [
  { name: 'before the headers', api: CHAT, stream: true, fault: 'hang', midAnswer: false },
  { name: 'before the headers of a whole answer', api: CHAT, stream: false, fault: 'hang', midAnswer: false },
  { name: 'before the first token', api: CHAT, stream: true, fault: 'slow-ttft=9000', midAnswer: false },
  {
    name: 'between the headers and the first token',
    api: ANTHROPIC,
    stream: true,
    fault: 'slow-ttft=9000,early-headers',
    midAnswer: true,
  },
  { name: 'in the middle of a stream', api: CHAT, stream: true, fault: 'slow-tokens=20', midAnswer: true },
  { name: "in Ollama's stream", api: OLLAMA, stream: true, fault: 'slow-tokens=20', midAnswer: true },
  { name: "in Anthropic's stream", api: ANTHROPIC, stream: true, fault: 'slow-tokens=20', midAnswer: true },
  { name: 'in a stream that stalls', api: CHAT, stream: true, fault: 'stall-after=2', midAnswer: true },
  {
    name: 'in the middle of a whole answer',
    api: CHAT,
    stream: false,
    fault: 'trickle=5',
    midAnswer: false,
  },
]

const nowMs = (): number => performance.timeOrigin + performance.now()

for (const phase of PHASES) {
  for (const leaving of LEAVINGS) {
    test(`a caller that ${leaving.name} ${phase.name} stops the work of the backend`, async () => {
      const [sealed, started] = [stage.records.length, stage.ledger().totals.started]
      const calls = await backendCalls(stage)
      const caller = leaving.call(stage.port, {
        path: phase.api.path,
        headers: [['x-sim-fault', phase.fault]],
        body: `{"model":"sim-chat","stream":${phase.stream},${phase.api.prompt}}`,
      })
      const entry = () => stage.ledger().entries.at(started)
      await until(() => entry()?.fault !== undefined, 'the request at the backend')
      if (phase.midAnswer) await until(caller.hasAnswer, 'a part of the answer')
      else if (phase.fault.startsWith('trickle')) {
        await until(() => (entry()?.bytesWritten ?? 0) > 0, 'a part of the answer on its way')
      }
      const leftAtMs = nowMs()
      caller.leave()
      await until(() => entry()?.ended !== undefined, 'the end at the backend')
      const tookMs = (entry()?.clientLeftAtMs ?? Number.NaN) - leftAtMs
      assert.equal(entry()?.ended, 'client-left')
      assert.ok(tookMs < SEEN_WITHIN_MS, `the backend saw it after ${tookMs} ms`)
      const record = (await stage.untilSealed(sealed + 1))[sealed]
      assert.deepEqual(
        [record?.outcome, record?.code, record?.status, record?.interruptedBy],
        ['abandoned', 'client_closed', phase.midAnswer ? 200 : 499, phase.midAnswer ? 'caller' : undefined],
      )
      assert.deepEqual(
        record?.attempts.map(({ result, code }) => [result, code]),
        [['abandoned', 'client_closed']],
      )
      assert.deepEqual(await backendCalls(stage), calls, 'it says nothing about the backend')
      assertNothingLeft(stage)
    })
  }
}

/** How often the backend is said to have succeeded and failed, and how often callers left. */
async function backendCalls(gateway: TestGateway): Promise<number[]> {
  const page = await gateway.scrape()
  return ['success', 'error'].map((status) => sumOf(page, 'backend_call_duration_seconds_count', { status }))
}

function assertNothingLeft({ weir }: TestGateway): void {
  const { gateway } = weir
  assert.equal(gateway.opened, gateway.sealed)
  assert.deepEqual([...gateway.inflight()], [])
  for (const { slotsInUse, pool } of gateway.backends()) assert.deepEqual([slotsInUse, pool.running], [0, 0])
}

test('a caller that leaves while it sends its body is never heard of by the backend', async () => {
  const [sealed, started] = [stage.records.length, stage.ledger().totals.started]
  const whole = toRequestBytes({ path: CHAT.path, body: `{"model":"sim-chat",${CHAT.prompt}}` })
  for (const reset of [false, true]) {
    const client = new RawClient(stage.port)
    const opened = stage.weir.gateway.opened
    client.write(whole.subarray(0, -10))
    await until(() => stage.weir.gateway.opened > opened, 'the request')
    if (reset) client.socket.resetAndDestroy()
    else client.socket.destroy()
    await until(() => stage.weir.gateway.sealed > opened, 'its record', SEEN_WITHIN_MS)
  }
  for (const record of (await stage.untilSealed(sealed + 2)).slice(sealed)) {
    assert.deepEqual(
      [record.outcome, record.code, record.status, record.attempts.length],
      ['abandoned', 'client_closed', 499, 0],
    )
  }
  assert.equal(stage.ledger().totals.started, started)
  assertNothingLeft(stage)
})

test('a caller that leaves while a connection to the backend is being made stops that too', async (t) => {
  const blocked = await startBlockedListener()
  if (blocked === undefined) {
    t.skip('SKIPPED: this system lets connections in however full the queue of a listener is')
    return
  }
  const startedMs = performance.now()
  const gateway = await startGateway({
    backends: [
      {
        name: 'blocked',
        url: `http://127.0.0.1:${blocked.port}`,
        models: ['m'],
        timeouts: { connect: '20s' },
      },
    ],
    discovery: { timeout: '100ms' },
  })
  try {
    assert.ok(performance.now() - startedMs < START_WITHIN_MS, 'such a backend must not hold up the start')
    for (const [index, leaving] of LEAVINGS.entries()) {
      const body = `{"model":"m",${CHAT.prompt}}`
      const caller = leaving.call(gateway.port, { path: CHAT.path, headers: [], body })
      const pending = () => [...gateway.weir.gateway.backends()][0]?.pool.pending
      await until(() => pending() === 1, 'a connection under way')
      caller.leave()
      const leftAtMs = performance.now()
      const record = (await gateway.untilSealed(index + 1))[index]
      assert.ok(performance.now() - leftAtMs < SEEN_WITHIN_MS)
      assert.deepEqual([record?.outcome, record?.status], ['abandoned', 499])
      const [attempt] = record?.attempts ?? []
      assert.deepEqual([attempt?.connectedMs, attempt?.result], [undefined, 'abandoned'])
      assert.equal(pending(), 0)
    }
    assert.deepEqual(await backendCalls(gateway), [0, 0])
    assertNothingLeft(gateway)
  } finally {
    await gateway.stop()
    blocked.close()
  }
})

test('a caller that closes behind a complete answer has abandoned nothing', async () => {
  const sealed = stage.records.length
  for (const stream of [false, true]) {
    const client = new RawClient(stage.port)
    const body = `{"model":"sim-chat","stream":${stream},${CHAT.prompt}}`
    client.write(toRequestBytes({ path: CHAT.path, body }))
    assert.equal((await client.answer()).complete, true)
    client.socket.destroy()
  }
  const records = (await stage.untilSealed(sealed + 2)).slice(sealed)
  assert.deepEqual(
    records.map(({ outcome }) => outcome),
    ['ok', 'ok'],
  )
})

test('every abandoned request is counted once', async () => {
  const abandoned = stage.records.filter(({ outcome }) => outcome === 'abandoned')
  const page = await stage.scrape()
  assert.ok(abandoned.length > 0)
  assert.equal(sumOf(page, 'weir_requests_total', { outcome: 'abandoned' }), abandoned.length)
  const midAnswer = abandoned.filter(({ interruptedBy }) => interruptedBy === 'caller')
  assert.equal(sumOf(page, 'weir_stream_interrupted_total', { by: 'caller' }), midAnswer.length)
})
