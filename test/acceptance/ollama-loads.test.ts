// Ollama loads a model when it is asked for it. Such a wait has a clock of its own, shows in the record, and belongs to everybody
// who waits for the model.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { createSimulator, type ProfileInput, type Simulator } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { startGateway, until, type TestGateway, type Written } from '../support/weir.ts'
import { sendRaw, type Answer } from './support/wire.ts'

let closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

const LOAD_MS = 1_200

const LOADING: ProfileInput = {
  kind: 'ollama',
  outputTokens: 8,
  loadDiesWithCaller: true,
  models: [{ name: 'big', cold: true, loadMs: LOAD_MS }, 'small'],
}

interface Stage {
  readonly simulator: Simulator
  readonly gateway: TestGateway
}

async function start(profile: ProfileInput = {}, backend: Written = {}): Promise<Stage> {
  const simulator = createSimulator({ ...LOADING, ...profile })
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  closers.push(() => simulator.close())
  const gateway = await startGateway({
    backends: [
      {
        name: 'o',
        url,
        kind: 'ollama',
        timeouts: { firstToken: '400ms', idle: '400ms', load: '10s' },
        ...backend,
      },
    ],
    discovery: { every: '50ms' },
  })
  closers.push(() => gateway.stop())
  return { simulator, gateway }
}

interface Question {
  readonly stream?: boolean
  readonly model?: string
  readonly path?: string
}

function toBody({ stream = true, model = 'big' }: Question): string {
  return JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'x' }] })
}

function ask({ gateway }: Stage, given: Question = {}): Promise<Answer> {
  return sendRaw(gateway.port, { path: given.path ?? '/v1/chat/completions', body: toBody(given) })
}

/** Asks and leaves when it is told to. */
function askAndLeave({ gateway }: Stage, given: Question = {}): { leave(): Promise<void> } {
  const leaving = new AbortController()
  const answer = fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: toBody(given),
    signal: leaving.signal,
  }).then(
    () => false,
    () => true,
  )
  return {
    async leave() {
      leaving.abort()
      assert.equal(await answer, true, 'it was answered before it left')
    },
  }
}

for (const path of ['/v1/chat/completions', '/api/chat']) {
  for (const stream of [true, false]) {
    for (const listsLoading of [false, true]) {
      const how = `${stream ? 'a stream' : 'an answer in one piece'} on ${path}${listsLoading ? ', listed while it loads' : ''}`
      test(`a load that takes longer than a first token may is waited for, and shows: ${how}`, async () => {
        const stage = await start({ listsLoading })
        const answer = await ask(stage, { path, stream })
        assert.deepEqual([answer.status, answer.complete], [200, true], answer.body.toString())
        const [record] = await stage.gateway.untilSealed(1)
        assert.ok(record !== undefined)
        assert.deepEqual([record.outcome, record.cold, record.attempts.length], ['ok', true, 1])
        const { load } = record.phases
        const isSeen = stream || path === '/api/chat'
        // An answer in one piece shows nothing, and where the list does not tell either, how long it took is not known.
        const least = isSeen ? LOAD_MS - 60 : listsLoading ? 0 : LOAD_MS / 2
        assert.ok(load >= least && load <= LOAD_MS + 300, `load ${load}`)
        const warm = await ask(stage, { path, stream })
        assert.equal(warm.status, 200)
        const second = (await stage.gateway.untilSealed(2))[1]
        assert.equal(second?.cold, false)
        assert.ok(second.phases.load < 250)
        const page = await stage.gateway.scrape()
        const labels = { backend: 'o', model: 'big' }
        if (load > 0) assert.equal(sumOf(page, 'weir_model_load_seconds_count', labels), 1)
        assert.equal(stage.simulator.loads.begun, 1)
      })
    }
  }
}

test('a load has an end too: its own clock ends it', async () => {
  const stage = await start({}, { timeouts: { firstToken: '10s', load: '500ms' } })
  for (const stream of [true, false]) {
    const answer = await ask(stage, { stream })
    assert.equal(answer.status, 504)
    assert.match(answer.body.toString(), /first_token_timeout/)
  }
})

test('a model that is in memory has no load, whatever else is loaded', async () => {
  const stage = await start()
  const [loading, warm] = await Promise.all([ask(stage), ask(stage, { model: 'small' })])
  assert.deepEqual([loading.status, warm.status], [200, 200])
  const records = await stage.gateway.untilSealed(2)
  assert.deepEqual(
    records.map(({ modelRouted, cold }) => [modelRouted, cold]),
    [
      ['small', false],
      ['big', true],
    ],
  )
})

test('a hang is no load: the first token is waited for as long as configured', async () => {
  const stage = await start({ faults: [{ fault: 'hang' }] })
  const startedMs = performance.now()
  assert.equal((await ask(stage, { model: 'small' })).status, 504)
  assert.ok(performance.now() - startedMs < 1_000)
})

test('a caller that leaves does not take the load away from those who wait for it', async () => {
  const stage = await start()
  const { simulator, gateway } = stage
  const first = askAndLeave(stage)
  await until(() => simulator.loads.begun === 1, 'the load to begin')
  const second = ask(stage)
  await until(() => simulator.ledger.totals.inFlight === 2, 'both to be there')
  await until(() => inflight(gateway) === 2, 'both to be known')
  await new Promise((resolve) => setTimeout(resolve, 150))
  await first.leave()
  const [left] = await gateway.untilSealed(1)
  assert.deepEqual([left?.outcome, left?.code, left?.cold], ['abandoned', 'client_closed', true])
  assert.ok((left?.durationMs ?? Infinity) < LOAD_MS, 'its record waited for the load')
  assert.equal(simulator.ledger.totals.inFlight, 2, 'its request to the backend is kept')
  assert.equal((await second).status, 200)
  assert.deepEqual(simulator.loads, { begun: 1, finished: 1 })
  await until(() => simulator.ledger.totals.inFlight === 0, 'what was kept to be ended')
  assert.equal(inflight(gateway), 0)
})

test('a caller that leaves while nobody else waits takes its request along', async () => {
  const stage = await start()
  const { simulator } = stage
  const other = ask(stage, { model: 'small' })
  const only = askAndLeave(stage)
  await until(() => simulator.loads.begun === 1, 'the load to begin')
  await only.leave()
  await until(() => simulator.ledger.totals.ended['client-left'] === 1, 'its request to be cancelled', 1_000)
  assert.deepEqual(simulator.loads, { begun: 1, finished: 0 })
  assert.equal((await other).status, 200)
})

test('when the others leave as well, the load ends', async () => {
  const stage = await start({ models: [{ name: 'big', cold: true, loadMs: 20_000 }] })
  const { simulator, gateway } = stage
  const first = askAndLeave(stage)
  await until(() => simulator.loads.begun === 1, 'the load to begin')
  const second = askAndLeave(stage)
  await until(() => simulator.ledger.totals.inFlight === 2, 'both to be there')
  await new Promise((resolve) => setTimeout(resolve, 150))
  await first.leave()
  await gateway.untilSealed(1)
  assert.equal(simulator.ledger.totals.inFlight, 2)
  await second.leave()
  await until(() => simulator.ledger.totals.inFlight === 0, 'nothing to be kept', 2_000)
})

test('who waits for a slot waits for the load as well', async () => {
  const stage = await start({}, { concurrency: 1 })
  const { simulator, gateway } = stage
  const first = askAndLeave(stage)
  await until(() => simulator.loads.begun === 1, 'the load to begin')
  const second = ask(stage)
  await until(() => [...gateway.weir.gateway.backends()][0]?.queueDepth === 1, 'the second to wait')
  await new Promise((resolve) => setTimeout(resolve, 150))
  await first.leave()
  await gateway.untilSealed(1)
  const [backend] = gateway.weir.gateway.backends()
  assert.deepEqual(
    [backend?.slotsInUse, backend?.queueDepth],
    [1, 1],
    'the slot is held until the model is there',
  )
  assert.equal((await second).status, 200)
  assert.deepEqual(simulator.loads, { begun: 1, finished: 1 })
})

test('a stop does not wait for a load that nobody is left to see', async () => {
  const stage = await start({ models: [{ name: 'big', cold: true, loadMs: 20_000 }] }, { concurrency: 1 })
  const { simulator, gateway } = stage
  const first = askAndLeave(stage)
  await until(() => simulator.loads.begun === 1, 'the load to begin')
  void askAndLeave(stage)
  await until(() => [...gateway.weir.gateway.backends()][0]?.queueDepth === 1, 'the second to wait')
  await new Promise((resolve) => setTimeout(resolve, 150))
  await first.leave()
  const startedMs = performance.now()
  await gateway.weir.stop({ windowMs: 0 })
  await until(() => simulator.ledger.totals.inFlight === 0, 'every connection to be closed', 1_000)
  assert.ok(performance.now() - startedMs < 3_000)
})

test('a model that does not fit into the GPU is said once, shown in metrics, and named as a reason', async () => {
  const stage = await start({
    models: [
      { name: 'half', sizeBytes: 20 * 2 ** 30, sizeVramBytes: 12 * 2 ** 30 },
      { name: 'big', cold: true, loadMs: 10 },
    ],
  })
  const { gateway } = stage
  await until(() => gateway.logLines.some((line) => line.includes('partly on the CPU')), 'the log line')
  await new Promise((resolve) => setTimeout(resolve, 200))
  const lines = gateway.logLines.filter((line) => line.includes('partly on the CPU'))
  assert.equal(lines.length, 1)
  const page = await gateway.scrape()
  const half = { backend: 'o', model: 'half' }
  assert.equal(sumOf(page, 'weir_backend_model_loaded', half), 1)
  assert.equal(sumOf(page, 'weir_backend_model_bytes', half), 20 * 2 ** 30)
  assert.equal(sumOf(page, 'weir_backend_model_vram_bytes', half), 12 * 2 ** 30)
  const reasonFor = (model: string): string | undefined =>
    gateway.weir.gateway.runtime.fleet.plan(model, 'openai').candidates[0]?.reason
  assert.match(reasonFor('half') ?? '', /40 % of the model on the CPU/)
  assert.match(reasonFor('big') ?? '', /would have to load the model/)
})

function inflight(gateway: TestGateway): number {
  return [...gateway.weir.gateway.inflight()].length
}
