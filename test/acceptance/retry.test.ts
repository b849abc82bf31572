import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import {
  createSimulator,
  type FaultRule,
  type ProfileInput,
  type Simulator,
} from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { startGateway, until, type TestGateway, type Written } from '../support/weir.ts'
import { sendRaw, type Answer } from './support/wire.ts'

type Fault = Partial<FaultRule> & Pick<FaultRule, 'fault'>

let closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

interface Fleet {
  readonly gateway: TestGateway
  readonly simulators: readonly Simulator[]
  /** Model requests each backend has been asked. */
  started(): number[]
}

/** A gateway with one simulator for each profile, called b0, b1, …. */
async function startFleet(profiles: readonly ProfileInput[], config: Written = {}): Promise<Fleet> {
  const simulators = profiles.map((profile) => createSimulator({ outputTokens: 8, ...profile }))
  const backends: Written[] = []
  for (const [index, simulator] of simulators.entries()) {
    const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
    closers.push(() => simulator.close())
    backends.push({
      name: `b${index}`,
      url,
      kind: 'simulator',
      timeouts: { firstToken: '250ms', idle: '250ms' },
    })
  }
  const gateway = await startGateway({ backends, ...config })
  closers.push(() => gateway.stop())
  return { gateway, simulators, started: () => simulators.map(({ ledger }) => ledger.totals.started) }
}

const CHAT = '/v1/chat/completions'
/** Good enough for every dialect: each takes its own and leaves the rest. */
const bodyOf = (stream: boolean): string =>
  JSON.stringify({
    model: 'sim-chat',
    stream,
    max_tokens: 50,
    messages: [{ role: 'user', content: 'x' }],
    prompt: 'x',
    input: 'x',
  })

const ask = (gateway: TestGateway, stream: boolean, path = CHAT): Promise<Answer> =>
  sendRaw(gateway.port, { path, body: bodyOf(stream) })

/** Equals take turns, so of two requests one meets each backend first. */
async function askTwice({ gateway }: Fleet, stream: boolean): Promise<Answer[]> {
  return [await ask(gateway, stream), await ask(gateway, stream)]
}

const FAULTS: readonly { fault: Fault; streams: readonly boolean[]; code: string }[] = [
  { fault: { fault: 'reset' }, streams: [false, true], code: 'backend_unreachable' },
  { fault: { fault: 'hang' }, streams: [true], code: 'first_token_timeout' },
  { fault: { fault: 'slow-ttft', arg: 5_000 }, streams: [true], code: 'first_token_timeout' },
  { fault: { fault: '500' }, streams: [false, true], code: 'backend_error' },
  { fault: { fault: '502' }, streams: [false, true], code: 'backend_error' },
  { fault: { fault: '503-busy' }, streams: [false, true], code: 'backend_error' },
  { fault: { fault: '503-loading' }, streams: [false, true], code: 'backend_error' },
  { fault: { fault: '404' }, streams: [false, true], code: 'model_not_found' },
  { fault: { fault: '429', arg: 7 }, streams: [false, true], code: 'rate_limited' },
  { fault: { fault: 'redirect' }, streams: [false, true], code: 'backend_protocol_error' },
  { fault: { fault: 'error-200' }, streams: [false, true], code: 'backend_error' },
  { fault: { fault: 'reset-after-headers' }, streams: [false, true], code: 'backend_protocol_error' },
  { fault: { fault: 'cut-after', arg: 0 }, streams: [false], code: 'backend_protocol_error' },
  { fault: { fault: 'wrong-length-long', arg: 50 }, streams: [false], code: 'backend_protocol_error' },
]

// A fleet for each case: a backend that has just asked for a pause would not be asked again.
const CASES = FAULTS.flatMap(({ streams, ...given }) => streams.map((stream) => ({ ...given, stream })))

for (const { fault, stream, code } of CASES) {
  const form = stream ? 'a stream' : 'an answer in one piece'
  test(`the other backend answers when one fails with ${fault.fault} instead of ${form}`, async () => {
    const fleet = await startFleet([{ faults: [fault] }, {}])
    const { gateway } = fleet
    // Not having a model is an answer like another; nothing about the backend is broken.
    const isItsFault = code !== 'model_not_found'
    const answers = await askTwice(fleet, stream)
    for (const answer of answers) {
      assert.deepEqual([answer.status, answer.complete], [200, true], answer.body.toString())
      assert.equal(answer.header('x-weir-backend'), 'b1')
      if (stream) assert.ok(answer.body.toString().endsWith('data: [DONE]\n\n'))
    }
    assert.deepEqual(answers.map((answer) => answer.header('x-weir-attempts')).toSorted(), ['1', '2'])
    const records = await gateway.untilSealed(2)
    const retried = records.find(({ attempts }) => attempts.length === 2)
    assert.deepEqual(
      retried?.attempts.map(({ backend, result, code: each }) => [backend, result, each]),
      [
        ['b0', isItsFault ? 'error' : 'success', code],
        ['b1', 'success', undefined],
      ],
    )
    assert.deepEqual([retried?.outcome, retried?.code, retried?.backend], ['ok', undefined, 'b1'])
    const [failed, second] = retried?.attempts ?? []
    assert.ok(retried !== undefined && failed !== undefined && second !== undefined)
    // What the failed attempt and the pause behind it took is neither the answer's nor ours.
    const { retry } = retried.phases
    assert.ok(retry >= failed.endedMs - failed.startedMs && retry <= second.startedMs - failed.startedMs)
    const header = answers.find((answer) => answer.header('x-weir-attempts') === '2')?.header('server-timing')
    assert.match(header ?? '', /retry;dur=/)
    const page = await gateway.scrape()
    assert.equal(sumOf(page, 'weir_retries_total', { backend: 'b1' }), 1)
    assert.equal(sumOf(page, 'weir_retries_total', { backend: 'b0' }), 0)
    const calls = (backend: string, status: string): number =>
      sumOf(page, 'backend_call_duration_seconds_count', { backend, status })
    assert.deepEqual(
      [calls('b0', 'error'), calls('b0', 'success'), calls('b1', 'error'), calls('b1', 'success')],
      isItsFault ? [1, 0, 0, 2] : [0, 1, 0, 2],
    )
  })
}

test('the other backend answers when one refuses connections', async () => {
  const fleet = await startFleet([{}, {}])
  fleet.simulators[0]?.configure({ refuse: true })
  for (const stream of [false, true]) {
    const answers = await askTwice(fleet, stream)
    assert.deepEqual(
      answers.map((answer) => [answer.status, answer.header('x-weir-backend')]),
      [
        [200, 'b1'],
        [200, 'b1'],
      ],
    )
  }
})

test('an answer that has begun is never begun again', async () => {
  const faults: Fault[] = [
    { fault: 'cut-after', arg: 3 },
    { fault: 'reset-after', arg: 3 },
    { fault: 'error-after', arg: 3 },
    { fault: 'malformed-after', arg: 3 },
    { fault: 'stall-after', arg: 3 },
    { fault: 'no-finish' },
  ]
  for (const fault of faults) {
    const fleet = await startFleet([{ faults: [fault] }, { faults: [fault] }])
    const answers = await askTwice(fleet, true)
    assert.deepEqual(fleet.started(), [1, 1], `${fault.fault}: one request for each caller`)
    for (const answer of answers) {
      assert.deepEqual([answer.status, answer.header('x-weir-attempts')], [200, '1'])
      assert.match(answer.body.toString(), /data: \{"error":\{[^\n]*\n\n$/, fault.fault)
    }
    for (const record of await fleet.gateway.untilSealed(2)) {
      assert.deepEqual([record.outcome, record.interruptedBy], ['backend_error', 'backend'])
      assert.equal(record.attempts.length, 1)
    }
  }
})

test("a caller's own mistake is not tried elsewhere", async () => {
  const fleet = await startFleet([{}, {}])
  const answer = await sendRaw(fleet.gateway.port, {
    path: '/v1/messages',
    body: '{"model":"sim-chat","messages":[]}',
  })
  assert.equal(answer.status, 400, answer.body.toString())
  assert.equal(
    fleet.started().reduce((sum, count) => sum + count),
    1,
  )
})

test('at most three backends are tried, or as many as the file says', async () => {
  const broken: ProfileInput = { faults: [{ fault: '500' }] }
  for (const [config, most] of [
    [{}, 3],
    [{ retry: { attempts: 2 } }, 2],
    [{ retry: { attempts: 1 } }, 1],
  ] as const) {
    const fleet = await startFleet([broken, broken, broken, broken, broken], config)
    const answer = await ask(fleet.gateway, false)
    assert.deepEqual([answer.status, answer.header('x-weir-attempts')], [502, String(most)])
    assert.equal(fleet.started().filter((count) => count === 1).length, most)
    assert.equal(Math.max(...fleet.started()), 1, 'no backend twice')
  }
})

test('when every backend fails the caller is told so in its own dialect', async () => {
  const paths = [CHAT, '/api/chat', '/v1/messages', '/v1/responses', '/v1/completions', '/api/generate']
  const fleet = await startFleet([{ faults: [{ fault: '503-busy' }] }, { faults: [{ fault: '503-busy' }] }])
  for (const path of paths) {
    for (const stream of [false, true]) {
      const answer = await ask(fleet.gateway, stream, path)
      // Anthropic has a status of its own for it.
      assert.equal(answer.status, path === '/v1/messages' ? 529 : 503, path)
      assert.equal(answer.header('retry-after'), '2')
      assert.match(messageOf(path, answer), /busy or still loading/)
    }
  }
  for (const simulator of fleet.simulators) simulator.configure({ faults: [], refuse: true })
  for (const path of paths) {
    const answer = await ask(fleet.gateway, true, path)
    assert.equal(answer.status, 502, path)
    assert.match(messageOf(path, answer), /could not be reached/)
  }
})

/** The message of an error where each dialect has it. */
function messageOf(path: string, answer: Answer): string {
  const body = JSON.parse(answer.body.toString()) as { type?: string; error: string | { message: string } }
  assert.equal(typeof body.error, path.startsWith('/api/') ? 'string' : 'object')
  assert.equal(body.type, path === '/v1/messages' ? 'error' : undefined)
  return typeof body.error === 'string' ? body.error : body.error.message
}

test('a 429 of every backend reaches the caller with the wait it asks for', async () => {
  const fleet = await startFleet([
    { faults: [{ fault: '429', arg: 7 }] },
    { faults: [{ fault: '429', arg: 7 }] },
  ])
  const answer = await ask(fleet.gateway, false)
  assert.deepEqual([answer.status, answer.header('retry-after')], [429, '7'])
  assert.equal(answer.header('x-should-retry'), undefined, 'waiting helps')
})

test('a connection that the backend closed meanwhile fails nobody, and nothing is asked twice', async () => {
  const fleet = await startFleet([{}])
  const rounds = 15
  for (let round = 0; round < rounds; round += 1) {
    for (const closeAfterMs of [0, 1, 2]) {
      const answer = await sendRaw(fleet.gateway.port, {
        path: CHAT,
        headers: [['x-sim-fault', `close-idle=${closeAfterMs}`]],
        body: bodyOf(round % 2 === 0),
      })
      assert.equal(answer.status, 200, answer.body.toString())
    }
  }
  assert.deepEqual(fleet.started(), [rounds * 3])
})

test('a connection that breaks under the only backend is tried once more, on a fresh one', async () => {
  const fleet = await startFleet([{ faults: [{ fault: 'reset' }] }])
  const answer = await ask(fleet.gateway, false)
  assert.deepEqual([answer.status, answer.header('x-weir-attempts')], [502, '2'])
  assert.deepEqual(fleet.started(), [2])
})

test('bytes that a backend sends unasked are never taken for the next answer', async () => {
  const fleet = await startFleet([{}])
  for (let round = 0; round < 6; round += 1) {
    const answer = await sendRaw(fleet.gateway.port, {
      path: CHAT,
      headers: [['x-sim-fault', 'extra-bytes=1']],
      body: bodyOf(false),
    })
    assert.equal(answer.status, 200)
    assert.ok(!answer.body.includes('not yours'))
    await until(() => [...fleet.gateway.weir.gateway.backends()][0]?.pool.connected === 0, 'its end', 1_000)
  }
})
