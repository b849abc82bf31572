import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSimulator, type ProfileInput, type Simulator } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { startGateway, until, type TestGateway } from '../support/weir.ts'
import { sendRaw, startTap, type Answer, type Tap } from './support/wire.ts'

const PROFILES = {
  alpha: { kind: 'ollama', version: '0.12.6', models: ['qwen3:4b', 'shared:latest'] },
  beta: { kind: 'ollama', version: '0.9.2', models: [{ name: 'shared:latest', sizeBytes: 7 }, 'gemma3:1b'] },
  gamma: { kind: 'vllm', version: '0.11.0', models: ['org/llama-8b'] },
} as const satisfies Record<string, ProfileInput>
type Name = keyof typeof PROFILES

let simulators: Record<Name, Simulator>
let tap: Tap
let gateway: TestGateway

before(async () => {
  const start = async (profile: ProfileInput): Promise<Simulator> => {
    const simulator = createSimulator({ ...profile, strictModels: true, onlyOwnPaths: true, outputTokens: 3 })
    await simulator.listen({ host: '127.0.0.1', port: 0 })
    return simulator
  }
  simulators = {
    alpha: await start(PROFILES.alpha),
    beta: await start(PROFILES.beta),
    gamma: await start(PROFILES.gamma),
  }
  tap = await startTap(simulators.alpha.address?.port ?? 0)
  const url = (name: Name): string | undefined => simulators[name].address?.url
  gateway = await startGateway({
    discovery: { every: '10m' },
    // Room for every label set of a model that comes later: what is primed takes half of this.
    metrics: { maxSeries: 20_000 },
    models: [{ name: 'alias', backends: ['gamma'] }],
    backends: [
      { name: 'alpha', url: tap.url, kind: 'ollama' },
      { name: 'beta', url: url('beta'), kind: 'ollama' },
      { name: 'gamma', url: url('gamma'), kind: 'vllm' },
      { name: 'down', url: 'http://127.0.0.1:1', kind: 'ollama', models: ['stated'] },
    ],
  })
})
after(async () => {
  await gateway.stop()
  await tap.close()
  for (const simulator of Object.values(simulators)) await simulator.close()
})

const get = (path: string, method = 'GET'): Promise<Answer> => sendRaw(gateway.port, { method, path })
const jsonOf = (answer: Answer): unknown => JSON.parse(answer.body.toString()) as unknown

interface Listed {
  readonly data: readonly {
    id: string
    object: string
    owned_by: string
    created: number
    max_model_len?: number
  }[]
}
interface Tags {
  readonly models: readonly { name: string; model: string; size: number; size_vram?: number }[]
}

test('/v1/models has the models of every backend, each once', async () => {
  const answer = await get('/v1/models')
  assert.equal(answer.header('content-type'), 'application/json')
  const { data } = jsonOf(answer) as Listed
  assert.deepEqual(
    data.map(({ id, object, owned_by }) => [id, object, owned_by]),
    [
      ['qwen3:4b', 'model', 'alpha'],
      ['shared:latest', 'model', 'alpha'],
      ['gemma3:1b', 'model', 'beta'],
      ['org/llama-8b', 'model', 'gamma'],
      ['alias', 'model', 'weir'],
      ['stated', 'model', 'weir'],
    ],
  )
  assert.ok(data.every(({ created }) => Number.isInteger(created)))
  assert.equal(data[3]?.max_model_len, 32_768, 'what its server says of a model beyond its name is kept')
})

test('/v1/models/{id} finds a model by its name, slashes and colons included', async () => {
  for (const path of [
    '/v1/models/org/llama-8b',
    '/v1/models/org%2Fllama-8b',
    '/v1/models/org%2fllama-8b?x=1',
  ]) {
    assert.equal((jsonOf(await get(path)) as { id: string }).id, 'org/llama-8b', path)
  }
  assert.equal((jsonOf(await get('/v1/models/qwen3:4b')) as { id: string }).id, 'qwen3:4b')
  for (const path of ['/v1/models/qwen3:5b', '/v1/models/', '/v1/models/%zz', '/v1/models/__proto__']) {
    const answer = await get(path)
    assert.equal(answer.status, 404, path)
    assert.equal((jsonOf(answer) as { error: { code: string } }).error.code, 'model_not_found', path)
  }
})

test("/api/tags has what can be asked for in Ollama's own API, as its server describes it", async () => {
  const { models } = jsonOf(await get('/api/tags')) as Tags
  assert.deepEqual(
    models.map(({ name }) => name),
    ['qwen3:4b', 'shared:latest', 'gemma3:1b'],
  )
  const shared = models.find(({ name }) => name === 'shared:latest')
  assert.equal(shared?.size, 5 * 1024 ** 3, 'the first backend that lists a model describes it')
  const listed = new Set(models.map(({ name }) => name))
  for (const name of listed) {
    const body = `{"model":"${name}","stream":false,"messages":[{"role":"user","content":"x"}]}`
    assert.equal((await sendRaw(gateway.port, { path: '/api/chat', body })).status, 200, name)
  }
})

test('/api/ps has what is loaded on every Ollama that answers', async () => {
  const names = async (): Promise<string[]> =>
    (jsonOf(await get('/api/ps')) as Tags).models.map(({ name }) => name)
  assert.deepEqual(await names(), ['qwen3:4b', 'shared:latest', 'shared:latest', 'gemma3:1b'])
  simulators.beta.configure({ refuse: true })
  try {
    assert.deepEqual(await names(), ['qwen3:4b', 'shared:latest'])
  } finally {
    simulators.beta.configure({ refuse: false })
  }
})

test('/api/version is the oldest Ollama, and / greets as Ollama does', async () => {
  assert.deepEqual(jsonOf(await get('/api/version')), { version: '0.9.2' })
  const greeting = await get('/')
  assert.equal(greeting.body.toString(), 'Ollama is running')
  assert.match(greeting.header('content-type') ?? '', /^text\/plain/)
})

test('HEAD gets the head of what GET gets', async () => {
  for (const path of ['/', '/api/version', '/api/tags']) {
    const whole = await get(path)
    const head = await fetch(`${gateway.url}${path}`, { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text()], [200, ''], path)
    assert.equal(head.headers.get('content-length'), String(whole.body.length), path)
    assert.equal(head.headers.get('content-type'), whole.header('content-type'), path)
  }
})

test('paths that change the models of a backend are closed, whatever the method', async () => {
  const paths = ['/api/pull', '/api/push', '/api/create', '/api/delete', '/api/copy', '/api/blobs/sha256:00']
  const started = tap.take('/api/pull').length
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'DELETE', 'PUT']) {
      const answer = await sendRaw(gateway.port, { method, path, body: '{"model":"qwen3:4b"}' })
      assert.equal(answer.status, 403, `${method} ${path}`)
      assert.deepEqual(jsonOf(answer), {
        error: 'This path changes the models of a backend and is closed here.',
      })
    }
  }
  assert.equal(started + paths.flatMap((path) => tap.take(path)).length, 0)
})

test('what does not exist is said so in the dialect of its path', async () => {
  const cases = [
    ['GET', '/v1/unknown', 404],
    ['POST', '/v1/chat/completions/more', 404],
    ['GET', '/favicon.ico', 404],
    ['GET', '/api/unknown', 404],
    ['POST', '/v1/messages/unknown', 404],
    ['GET', '/v1/chat/completions', 405],
    ['DELETE', '/v1/models', 405],
    ['GET', '/api/chat', 405],
    ['GET', '/v1/messages', 405],
  ] as const
  for (const [method, path, status] of cases) {
    const answer = await get(path, method)
    assert.equal(answer.status, status, `${method} ${path}`)
    const { error, type } = jsonOf(answer) as { error: unknown; type?: string }
    if (path.startsWith('/api/')) assert.equal(typeof error, 'string', path)
    else assert.equal(typeof (error as { message: unknown }).message, 'string', path)
    assert.equal(type, path.startsWith('/v1/messages') ? 'error' : undefined, path)
    if (status === 405) assert.ok((answer.header('allow') ?? '').length > 0)
  }
  assert.equal((await get('/v1/models', 'DELETE')).header('allow'), 'GET')
})

test('a model that was pulled a moment ago is found without waiting for the next probe', async () => {
  const ask = (model: string): Promise<Answer> =>
    sendRaw(gateway.port, { path: '/api/show', body: `{"model":"${model}"}` })
  assert.equal((await ask('pulled:1b')).status, 404)
  simulators.alpha.configure({ models: [...PROFILES.alpha.models, 'pulled:1b'] })
  await until(async () => (await ask('pulled:1b')).status === 200, 'the new model', 3_000)
  assert.ok((jsonOf(await get('/api/tags')) as Tags).models.some(({ name }) => name === 'pulled:1b'))
  assert.ok((jsonOf(await get('/v1/models')) as Listed).data.some(({ id }) => id === 'pulled:1b'))
  const page = await gateway.scrape()
  const isPrimed = page.includes(
    'weir_requests_total{model="pulled:1b",backend="alpha",dialect="openai",outcome="ok",code=""} 0',
  )
  assert.ok(isPrimed, 'its counters start at 0')
  assert.ok(sumOf(page, 'weir_backend_up', { backend: 'alpha' }) === 1)
})

test('mistyped names are no way to flood the backends with probes', async () => {
  tap.take('/api/tags')
  const startedMs = performance.now()
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      sendRaw(gateway.port, { path: '/api/show', body: `{"model":"mistyped-${index}"}` }),
    ),
  )
  const seconds = Math.ceil((performance.now() - startedMs) / 1000)
  const probes = tap.take('/api/tags').length
  assert.ok(probes <= 1 + seconds, `${probes} probes in ${seconds} s`)
})

test('a model without its tag is the one tagged latest', async () => {
  const body = '{"model":"shared","stream":false,"messages":[{"role":"user","content":"x"}]}'
  const answer = await sendRaw(gateway.port, { path: '/api/chat', body })
  assert.equal(answer.status, 200, answer.body.toString())
  assert.equal(answer.header('x-weir-model'), 'shared:latest')
})
