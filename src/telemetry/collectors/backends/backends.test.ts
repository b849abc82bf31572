import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../../core/clock.ts'
import { createBackendsCollector, type BackendSource } from './backends.ts'

type Said = { readonly status: number; readonly text: string } | Error | Promise<never>

const EVERY_MS = 15_000
const VLLM = 'vllm:num_requests_running 3\nvllm:num_requests_waiting 1\nvllm:kv_cache_usage_perc 0.5\n'
const VLLM_LOAD = { running: 3, waiting: 1, kvCacheRatio: 0.5 }
const ok = (text: string): Said => ({ status: 200, text })

interface Given {
  kind?: string
  isUp?: boolean
  isBusy?: boolean
  metrics?: boolean
}

/** One backend whose pages and state a test changes as it goes. */
function open(given: Given, pages: Record<string, Said>) {
  const clock = createManualClock()
  const asked: string[] = []
  const told: string[] = []
  const state = { kind: 'vllm', isUp: true, isBusy: false, metrics: undefined, isPresent: true, ...given }
  const source: BackendSource = {
    name: 'b',
    get kind() {
      return state.kind
    },
    get isUp() {
      return state.isUp
    },
    get isBusy() {
      return state.isBusy
    },
    get metrics() {
      return state.metrics
    },
    async get(path) {
      asked.push(path)
      const said = await (pages[path] ?? { status: 404, text: '' })
      if (said instanceof Error) throw said
      return said
    },
  }
  const collector = createBackendsCollector({
    clock,
    everyMs: EVERY_MS,
    sources: () => (state.isPresent ? [source] : []),
    report: (level, _message, { reason }) => void told.push(`${level}: ${reason}`),
  })
  const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
  const pass = async (ms = EVERY_MS): Promise<void> => {
    clock.advance(ms)
    await settle()
  }
  return { clock, asked, told, state, pages, collector, settle, pass }
}

test('it is asked at once, then once an interval', async () => {
  const { asked, collector, settle, pass } = open(
    {},
    { '/metrics': ok(VLLM), '/version': ok('{"version":"0.11.0"}') },
  )
  await settle()
  assert.deepEqual(collector.load('b'), VLLM_LOAD)
  assert.equal(collector.version('b'), '0.11.0')
  await pass()
  await pass(EVERY_MS - 1)
  assert.deepEqual(asked, ['/version', '/metrics', '/metrics'])
  collector.close()
  await pass(10 * EVERY_MS)
  assert.equal(asked.length, 3)
})

test('kinds without such a page are asked only when somebody wrote so', async () => {
  for (const kind of ['openai', 'ollama', 'anthropic', 'simulator']) {
    const silent = open({ kind }, { '/metrics': ok(VLLM) })
    await silent.settle()
    assert.deepEqual(silent.asked, [], kind)
  }
  const sglang = open({ kind: 'openai', metrics: true }, { '/metrics': ok('sglang:num_running_reqs 2') })
  await sglang.settle()
  assert.equal(sglang.collector.load('b')?.running, 2)
  const forbidden = open({ metrics: false }, { '/metrics': ok(VLLM) })
  await forbidden.settle()
  assert.deepEqual(forbidden.asked, [])
})

test('what is down is not asked, and says nothing any more', async () => {
  const { asked, collector, state, settle, pass } = open({}, { '/metrics': ok(VLLM) })
  await settle()
  state.isUp = false
  const count = asked.length
  for (let round = 0; round < 10; round += 1) await pass()
  assert.equal(collector.load('b'), undefined)
  assert.equal(asked.length, count)
  state.isUp = true
  await pass()
  assert.deepEqual(collector.load('b'), VLLM_LOAD)
})

test('a backend that was taken out is forgotten, also when it answers afterwards', async () => {
  let answer: (said: Said) => void = () => undefined
  const { collector, state, pages, settle, pass } = open({}, { '/metrics': ok(VLLM) })
  await settle()
  pages['/metrics'] = new Promise<Said>((resolve) => (answer = resolve)) as Promise<never>
  await pass()
  state.isPresent = false
  await pass()
  assert.equal(collector.load('b'), undefined)
  answer(ok(VLLM))
  await settle()
  assert.equal(collector.load('b'), undefined)
})

test('while a page is waited for no second one is asked, and the last value ends', async () => {
  const { asked, collector, pages, settle, pass } = open({}, { '/metrics': ok(VLLM), '/version': ok('{}') })
  await settle()
  pages['/metrics'] = new Promise<never>(() => undefined)
  const count = asked.length
  for (let round = 0; round < 3; round += 1) await pass()
  assert.deepEqual(collector.load('b'), VLLM_LOAD, 'it is not older than three looks')
  await pass()
  assert.equal(collector.load('b'), undefined)
  assert.ok(asked.length <= count + 2, asked.join())
})

test('a page that fails now and then costs nothing, one that is not there is let be for ten minutes', async () => {
  const { asked, told, collector, pages, settle, pass } = open(
    {},
    { '/metrics': ok(VLLM), '/version': ok('{"version":"1"}') },
  )
  await settle()
  pages['/metrics'] = new Error('late')
  await pass()
  assert.deepEqual(collector.load('b'), VLLM_LOAD)
  pages['/metrics'] = { status: 404, text: '' }
  await pass()
  assert.equal(collector.load('b'), undefined)
  const count = asked.length
  for (let round = 1; round < 40; round += 1) await pass()
  assert.equal(asked.length, count)
  await pass()
  await pass()
  assert.ok(asked.length > count)
  assert.deepEqual(told.slice(0, 1), ['info: GET /metrics answered 404'])
})

test('a page that says nothing of load takes the last value away', async () => {
  const { collector, pages, settle, pass } = open({}, { '/metrics': ok(VLLM) })
  await settle()
  pages['/metrics'] = ok('<html>')
  await pass()
  assert.equal(collector.load('b'), undefined)
})

const PROPS = (isSleeping: boolean | undefined) =>
  ok(JSON.stringify({ total_slots: 4, build_info: 'b8681', is_sleeping: isSleeping }))
const SLOTS = ok(
  '[{"is_processing":true},{"is_processing":false},{"is_processing":false},{"is_processing":false}]',
)
const LLAMA = ok('llamacpp:requests_processing 1\nllamacpp:requests_deferred 2\n')

test('llama.cpp is asked for slots while a request is under way, and let sleep otherwise', async () => {
  const pages = { '/props': PROPS(false), '/slots': SLOTS, '/metrics': LLAMA }
  const { asked, collector, state, settle, pass } = open({ kind: 'llamacpp', isBusy: true }, pages)
  await settle()
  assert.deepEqual(collector.load('b'), { running: 1, waiting: 2, kvCacheRatio: undefined, slots: 4 })
  assert.equal(collector.version('b'), 'b8681')
  state.isBusy = false
  asked.length = 0
  for (let round = 0; round < 20; round += 1) await pass()
  assert.deepEqual([...new Set(asked)], ['/props'])
  assert.deepEqual(collector.load('b'), { slots: 4 })
})

test('a llama.cpp that sleeps, or is a router, is never asked for what would load a model', async () => {
  for (const props of [PROPS(true), ok('{"role":"router"}')]) {
    const pages = { '/props': props, '/slots': SLOTS, '/metrics': LLAMA }
    const { asked, settle, pass } = open({ kind: 'llamacpp', isBusy: true, metrics: true }, pages)
    await settle()
    for (let round = 0; round < 20; round += 1) await pass()
    assert.deepEqual([...new Set(asked)], ['/props'])
  }
})

test('a llama.cpp that cannot sleep tells all the time, also without its metrics page', async () => {
  const pages = { '/props': PROPS(undefined), '/slots': SLOTS, '/metrics': { status: 501, text: '' } }
  const { told, collector, settle } = open({ kind: 'llamacpp' }, pages)
  await settle()
  assert.deepEqual(collector.load('b'), { running: 1, slots: 4 })
  assert.deepEqual(told, ['debug: GET /metrics answered 501'])
})
