// Backends that fail, hang, ask for a pause or load: what becomes of them, and of those who ask meanwhile.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { BackendLive } from '../../src/core/live.ts'
import { createSimulator, type ProfileInput, type Simulator } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { startGateway, toConfig, until, type TestGateway, type Written } from '../support/weir.ts'
import { startSimulatorProcess, type SimulatorProcess } from './support/simulator-process.ts'
import { sendRaw, type Answer } from './support/wire.ts'

let closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

async function startSimulator(profile: ProfileInput = {}): Promise<Simulator & { url: string }> {
  const simulator = createSimulator({ outputTokens: 8, ...profile })
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  closers.push(() => simulator.close())
  return Object.assign(simulator, { url })
}

async function startChild(profile: ProfileInput = {}, port = 0): Promise<SimulatorProcess> {
  const child = await startSimulatorProcess({ outputTokens: 8, ...profile }, port)
  closers.push(() => child.destroy())
  return child
}

const SELDOM = { discovery: { every: '1h' } }

async function startFleet(backends: readonly Written[], config: Written = {}): Promise<TestGateway> {
  const gateway = await startGateway({
    backends: backends.map((backend, index) => ({
      name: `b${index}`,
      kind: 'simulator',
      timeouts: { firstToken: '300ms', idle: '300ms' },
      ...backend,
    })),
    ...config,
  })
  closers.push(() => gateway.stop())
  return gateway
}

interface Question {
  readonly stream?: boolean
  readonly model?: string
}

function ask(gateway: TestGateway, { stream = false, model = 'sim-chat' }: Question = {}): Promise<Answer> {
  return sendRaw(gateway.port, {
    path: '/v1/chat/completions',
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'x' }] }),
  })
}

function live(gateway: TestGateway, name: string): BackendLive {
  const found = [...gateway.weir.gateway.backends()].find((each) => each.name === name)
  assert.ok(found !== undefined, `no backend ${name}`)
  return found
}

/** Attempts at a backend so far. */
function attemptsAt(gateway: TestGateway, name: string): number {
  return gateway.records.flatMap(({ attempts }) => attempts).filter(({ backend }) => backend === name).length
}

function changes(gateway: TestGateway, name: string): string[] {
  return gateway.logLines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['msg'] === 'backend health changed' && line['backend'] === name)
    .map((line) => String(line['state']))
}

test('a backend that is killed is left alone after five failures, and comes back step by step', async () => {
  const child = await startChild()
  const other = await startSimulator()
  const gateway = await startFleet([{ url: child.url }, { url: other.url }], {
    ...SELDOM,
    health: { ejectFor: '300ms', slowStart: '1m' },
  })
  child.kill('SIGKILL')
  await child.destroy()
  for (let count = 0; count < 12; count += 1) {
    const answer = await ask(gateway)
    assert.deepEqual([answer.status, answer.header('x-weir-backend')], [200, 'b1'])
  }
  await gateway.untilSealed(12)
  assert.equal(attemptsAt(gateway, 'b0'), 5)
  const { state, circuit, reason } = live(gateway, 'b0')
  assert.deepEqual([state, circuit], ['ejected', 'open'])
  assert.match(reason, /backend_unreachable/)
  const page = await gateway.scrape()
  assert.equal(sumOf(page, 'weir_backend_circuit_state', { backend: 'b0', state: 'open' }), 1)
  assert.equal(sumOf(page, 'weir_backend_circuit_state', { backend: 'b1', state: 'closed' }), 1)

  await startChild({}, child.port)
  await until(
    async () => (await ask(gateway)).header('x-weir-backend') === 'b0',
    'an answer of the one that is back',
  )
  assert.deepEqual([live(gateway, 'b0').state, live(gateway, 'b0').circuit], ['available', 'closed'])
  const before = gateway.records.length
  for (let count = 0; count < 20; count += 1) assert.equal((await ask(gateway)).status, 200)
  const records = (await gateway.untilSealed(before + 20)).slice(before)
  const share = records.filter(({ backend }) => backend === 'b0').length
  assert.ok(share <= 4, `it took ${share} of 20 at once, a tenth of its half was to be expected`)
  const told = changes(gateway, 'b0')
  assert.deepEqual([told[0], told.at(-1)], ['ejected', 'available'])
})

test('a backend that is stopped takes requests and answers nothing: nobody waits for it, and it is asked again later', async () => {
  const child = await startChild()
  const other = await startSimulator()
  const gateway = await startFleet([{ url: child.url }, { url: other.url }], {
    discovery: { every: '200ms', timeout: '200ms' },
    health: { ejectFor: '300ms', slowStart: '0ms' },
  })
  child.kill('SIGSTOP')
  // Of each pair one meets the stopped backend first; an answer in one piece shows nothing that a clock could miss.
  const answers = await Promise.all(
    [{}, {}, { stream: true }, { stream: true }].map((given) => ask(gateway, given)),
  )
  assert.deepEqual(
    answers.map((answer) => [answer.status, answer.complete, answer.header('x-weir-backend')]),
    Array(4).fill([200, true, 'b1']),
  )
  await until(() => ['hung', 'dead'].includes(live(gateway, 'b0').state), 'it to be known as hung')
  await gateway.untilSealed(4)
  const before = gateway.records.length
  for (let count = 0; count < 6; count += 1) {
    const answer = await ask(gateway, { stream: true })
    assert.equal(answer.header('x-weir-backend'), 'b1')
  }
  const slow = (await gateway.untilSealed(before + 6))
    .slice(before)
    .filter(({ attempts }) => attempts.length > 1)
  // One at a time may be its trial.
  assert.ok(slow.length <= 1, `${slow.length} of 6 were sent there first`)
  child.kill('SIGCONT')
  await until(
    async () => (await ask(gateway)).header('x-weir-backend') === 'b0',
    'an answer of the one that is back',
  )
  await until(() => live(gateway, 'b0').state === 'available', 'it to be available')
})

test('a runner that hangs behind a server that answers its pages is found by the silence of its streams', async () => {
  const hanging = await startSimulator({ kind: 'ollama', faults: [{ fault: 'hang' }] })
  const other = await startSimulator({ kind: 'ollama' })
  const gateway = await startFleet(
    [
      { url: hanging.url, kind: 'ollama' },
      { url: other.url, kind: 'ollama' },
    ],
    { discovery: { every: '100ms' }, health: { ejectFor: '1s', slowStart: '0ms' } },
  )
  const wholes = [ask(gateway), ask(gateway)]
  for (let count = 0; count < 4; count += 1) assert.equal((await ask(gateway, { stream: true })).status, 200)
  await until(() => live(gateway, 'b0').state === 'hung', 'it to be known as hung')
  assert.equal(live(gateway, 'b0').up, true)
  for (const answer of await Promise.all(wholes)) assert.equal(answer.status, 200)
  const cut = (await gateway.untilSealed(6))
    .flatMap(({ attempts }) => attempts)
    .filter(({ code }) => code !== undefined)
  assert.ok(cut.length >= 2, `${cut.length} were cut off`)
  assert.deepEqual(
    new Set(cut.map(({ backend, code }) => `${backend} ${code}`)),
    new Set(['b0 first_token_timeout']),
  )
  hanging.configure({ faults: [] })
  await until(
    async () => (await ask(gateway)).header('x-weir-backend') === 'b0',
    'an answer of the one that is well again',
  )
  assert.equal(live(gateway, 'b0').state, 'available')
})

test('a 429 gives its backend the pause it asked for', async () => {
  const limited = await startSimulator({ faults: [{ fault: '429', arg: 1 }] })
  const other = await startSimulator()
  const gateway = await startFleet([{ url: limited.url }, { url: other.url }], SELDOM)
  for (let count = 0; count < 8; count += 1) assert.equal((await ask(gateway)).header('x-weir-backend'), 'b1')
  assert.equal(limited.ledger.totals.started, 1)
  assert.deepEqual([live(gateway, 'b0').state, live(gateway, 'b0').circuit], ['cooling', 'closed'])
  limited.configure({ faults: [] })
  const startedMs = performance.now()
  await until(async () => (await ask(gateway)).header('x-weir-backend') === 'b0', 'its pause to be over')
  assert.ok(performance.now() - startedMs > 500, 'it was asked before its second was over')
})

test('a server that is loading gets nothing while another can serve, and is not ejected for it', async () => {
  const loading = await startSimulator({ kind: 'llamacpp', loading: true })
  const other = await startSimulator({ kind: 'llamacpp' })
  const gateway = await startFleet(
    [
      { url: loading.url, kind: 'llamacpp' },
      { url: other.url, kind: 'llamacpp' },
    ],
    { discovery: { every: '100ms' } },
  )
  assert.deepEqual([live(gateway, 'b0').state, live(gateway, 'b0').up], ['loading', false])
  for (let count = 0; count < 10; count += 1)
    assert.equal((await ask(gateway)).header('x-weir-backend'), 'b1')
  assert.equal(loading.ledger.totals.started, 0)
  other.configure({ refuse: true })
  const refused = await ask(gateway)
  assert.ok([502, 503].includes(refused.status), String(refused.status))
  loading.configure({ loading: false })
  await until(() => live(gateway, 'b0').state === 'available', 'it to have loaded')
  assert.equal(live(gateway, 'b0').circuit, 'closed')
  assert.equal((await ask(gateway)).header('x-weir-backend'), 'b0')
})

test('503 after 503 makes a backend busy and never ejects it', async () => {
  const busy = await startSimulator({ faults: [{ fault: '503-busy' }] })
  const gateway = await startFleet([{ url: busy.url }], SELDOM)
  for (let count = 0; count < 12; count += 1) assert.equal((await ask(gateway)).status, 503)
  assert.equal(busy.ledger.totals.started, 12)
  assert.deepEqual([live(gateway, 'b0').state, live(gateway, 'b0').circuit], ['busy', 'closed'])
  busy.configure({ faults: [] })
  assert.equal((await ask(gateway)).status, 200)
})

test('the last one is never left alone, however often it fails', async () => {
  const broken: ProfileInput = { faults: [{ fault: '500' }] }
  const alone = await startSimulator(broken)
  const gateway = await startFleet([{ url: alone.url }], SELDOM)
  for (let count = 0; count < 20; count += 1) assert.equal((await ask(gateway)).status, 502)
  assert.equal(alone.ledger.totals.started, 20)
  assert.equal(live(gateway, 'b0').circuit, 'closed')

  const [first, second] = [await startSimulator(broken), await startSimulator(broken)]
  const pair = await startFleet([{ url: first.url }, { url: second.url }], SELDOM)
  for (let count = 0; count < 20; count += 1) assert.ok((await ask(pair)).status >= 500)
  const circuits = ['b0', 'b1'].map((name) => live(pair, name).circuit)
  assert.deepEqual(circuits.toSorted(), ['closed', 'open'])
})

test('being the only one for some model keeps nobody from resting, and that model is still asked for', async () => {
  const broken = await startSimulator({ faults: [{ fault: '500' }] })
  const sound = await startSimulator()
  const gateway = await startFleet(
    [
      { url: broken.url, models: ['sim-chat', 'sim-chat-large'] },
      { url: sound.url, models: ['sim-chat'] },
    ],
    SELDOM,
  )
  for (let count = 0; count < 40; count += 1) assert.equal((await ask(gateway)).status, 200)
  assert.equal(live(gateway, 'b0').state, 'ejected')
  assert.equal(broken.ledger.totals.started, 5)
  assert.equal((await ask(gateway, { model: 'sim-chat-large' })).status, 502)
  assert.equal(broken.ledger.totals.started, 6, 'there is nobody else to ask')
  broken.configure({ faults: [] })
  assert.equal((await ask(gateway, { model: 'sim-chat-large' })).status, 200)
  assert.equal(live(gateway, 'b0').state, 'available')
})

test('what callers do wrong, and their leaving, is held against nobody', async () => {
  const backend = await startSimulator({ strictModels: true, models: ['sim-chat'] })
  const other = await startSimulator()
  const gateway = await startFleet(
    [
      { url: backend.url, models: ['sim-chat', 'gone'] },
      { url: other.url, models: ['sim-chat'] },
    ],
    SELDOM,
  )
  for (let count = 0; count < 8; count += 1) {
    assert.equal((await ask(gateway, { model: 'gone' })).status, 404)
    const invalid = await sendRaw(gateway.port, {
      path: '/v1/chat/completions',
      body: '{"model":"sim-chat"}',
    })
    assert.equal(invalid.status, 400)
  }
  backend.configure({ faults: [{ fault: 'hang' }] })
  other.configure({ faults: [{ fault: 'hang' }] })
  for (let count = 0; count < 12; count += 1) {
    const leaving = new AbortController()
    const asked = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'sim-chat', messages: [] }),
      signal: leaving.signal,
    })
    const sealed = gateway.records.length
    setTimeout(() => leaving.abort(), 10)
    await assert.rejects(asked)
    await gateway.untilSealed(sealed + 1)
  }
  assert.deepEqual(
    ['b0', 'b1'].map((name) => [live(gateway, name).state, live(gateway, name).circuit]),
    Array(2).fill(['available', 'closed']),
  )
})

test('a reload keeps what is known of a backend, and takes new limits over', async () => {
  const broken = await startSimulator({ faults: [{ fault: '500' }] })
  const other = await startSimulator()
  const backends = [broken, other].map(({ url }, index) => ({ name: `b${index}`, url, kind: 'simulator' }))
  const gateway = await startFleet(backends, { ...SELDOM, health: { failures: 2 } })
  for (let count = 0; count < 6; count += 1) assert.equal((await ask(gateway)).status, 200)
  assert.equal(live(gateway, 'b0').state, 'ejected')
  const given = backends.map((backend) => ({ ...backend, timeouts: { firstToken: '300ms', idle: '300ms' } }))
  await gateway.weir.apply(toConfig({ backends: given, ...SELDOM, health: { failures: 3 } }))
  assert.equal(live(gateway, 'b0').state, 'ejected')
})

const ALLOWED = new Set(
  ['/api/tags', '/api/version', '/api/ps', '/v1/models', '/health', '/props'].map((path) => `GET ${path}`),
)
/** Of a vLLM, its metrics are read as well; the same page of a llama.cpp could wake its model. */
const ALLOWED_OF_VLLM = new Set([...ALLOWED, 'GET /version', 'GET /metrics'])

test('watching has no effect on what is watched: only pages that load nothing, and no model stays awake by them', async () => {
  const kinds = ['ollama', 'vllm', 'llamacpp', 'openai', 'anthropic'] as const
  const models: ProfileInput['models'] = ['sim-chat', { name: 'cold', cold: true, loadMs: 10 }]
  const simulators = await Promise.all(kinds.map((kind) => startSimulator({ kind, models })))
  const [ollama] = simulators
  assert.ok(ollama !== undefined)
  const endOf = async (): Promise<string> => (await fetch(`${ollama.url}/api/ps`)).text()
  const before = await endOf()
  const gateway = await startFleet(
    simulators.map(({ url }, index) => ({ url, kind: kinds[index] })),
    { discovery: { every: '20ms' } },
  )
  // A request that waits long is what makes it look more often.
  ollama.configure({ faults: [{ fault: 'hang', models: ['waits'] }] })
  await until(() => ollama.ledger.visits.every(({ count }) => count > 10), 'more than ten probes')
  simulators[1]?.configure({ refuse: true })
  simulators[2]?.configure({ loading: true })
  await until(
    () => live(gateway, 'b1').state === 'dead' && live(gateway, 'b2').state === 'loading',
    'it to be seen',
  )
  for (const { ledger, profile } of simulators) {
    const allowed = profile.kind === 'vllm' ? ALLOWED_OF_VLLM : ALLOWED
    const asked = ledger.visits.map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual(
      asked.filter((each) => !allowed.has(each)),
      [],
    )
    assert.equal(ledger.totals.started, 0, 'a model was asked')
  }
  assert.equal(await endOf(), before)
  assert.deepEqual(ollama.loads, { begun: 0, finished: 0 })
})

test('a token is asked for only where somebody configured that, and it finds a runner that hangs', async () => {
  const simulator = await startSimulator({ kind: 'ollama' })
  const other = await startSimulator({ kind: 'ollama' })
  const gateway = await startFleet(
    [
      { url: simulator.url, kind: 'ollama', probe: { generate: 'sim-chat', every: '1s' } },
      { url: other.url, kind: 'ollama' },
    ],
    { discovery: { every: '50ms' }, health: { ejectFor: '200ms', slowStart: '0ms' } },
  )
  await until(() => simulator.ledger.totals.started > 0, 'a token to be asked for')
  const [entry] = simulator.ledger.entries
  assert.deepEqual([entry?.path, entry?.model, entry?.tokensWritten], ['/api/generate', 'sim-chat', 1])
  simulator.configure({ faults: [{ fault: 'hang' }] })
  await until(() => live(gateway, 'b0').state === 'hung', 'it to be known as hung', 15_000)
  simulator.configure({ faults: [] })
  await until(() => live(gateway, 'b0').state === 'available', 'a token to bring it back', 15_000)
  assert.equal(other.ledger.totals.started, 0)
  assert.equal(gateway.records.length, 0)
})
