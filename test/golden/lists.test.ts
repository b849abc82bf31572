import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startGateway, type TestGateway } from '../support/weir.ts'
import { createClients, tell, type Clients, type Raised } from './support/clients.ts'

let servers: readonly Simulator[]
let gateway: TestGateway
let clients: Clients

const serve = async (simulator: Simulator): Promise<string> =>
  (await simulator.listen({ host: '127.0.0.1', port: 0 })).url

before(async () => {
  servers = [
    createSimulator({ kind: 'ollama', models: ['qwen3:4b', 'both:latest'], version: '0.12.9' }),
    createSimulator({ kind: 'ollama', models: ['gemma3:1b', 'both:latest'], version: '0.12.6' }),
    createSimulator({ kind: 'vllm', models: ['org/llama-8b'] }),
  ]
  const urls = await Promise.all(servers.map(serve))
  gateway = await startGateway({
    auth: 'none',
    backends: ['ollama', 'ollama', 'vllm'].map((kind, index) => ({
      ...{ name: `server-${index}`, kind, url: urls[index] },
    })),
  })
  clients = createClients(gateway.url)
})
after(async () => {
  await gateway.stop()
  for (const server of servers) await server.close()
})

const NAMES = ['qwen3:4b', 'both:latest', 'gemma3:1b', 'org/llama-8b']

test('the client of OpenAI lists what every server has, each once, and finds a model with slashes in its name', async () => {
  const listed: string[] = []
  for await (const { id, object, owned_by } of clients.openai.models.list()) {
    assert.deepEqual([object, owned_by.startsWith('server-')], ['model', true])
    listed.push(id)
  }
  assert.deepEqual(listed, NAMES)
  for (const name of NAMES) assert.equal((await clients.openai.models.retrieve(name)).id, name)
  const [raised] = (await tell(() => clients.openai.models.retrieve('org/nobody'))) as Raised[]
  assert.deepEqual([raised?.raised, raised?.code], ['NotFoundError', 'model_not_found'])
})

test('the client of Anthropic lists the same in the form of its own API', async () => {
  const listed: string[] = []
  for await (const { id, type, display_name, created_at } of clients.anthropic.models.list()) {
    assert.deepEqual([type, display_name], ['model', id])
    assert.match(created_at, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/)
    listed.push(id)
  }
  assert.deepEqual(listed, NAMES)
  const { has_more, first_id, last_id } = await clients.anthropic.models.list()
  assert.deepEqual([has_more, first_id, last_id], [false, NAMES[0], NAMES.at(-1)])
  assert.equal((await clients.anthropic.models.retrieve('org/llama-8b')).display_name, 'org/llama-8b')
  const [raised] = (await tell(() => clients.anthropic.models.retrieve('nobody'))) as Raised[]
  assert.equal(raised?.raised, 'NotFoundError')
})

test('the client of Ollama lists what can be asked for in its API, and describes it as its server does', async () => {
  const { models } = await clients.ollama.list()
  assert.deepEqual(
    models.map(({ name }) => name),
    NAMES.slice(0, 3),
  )
  assert.ok(models.every(({ size, digest }) => size > 0 && digest !== ''))
  const described = await clients.ollama.show({ model: 'gemma3:1b' })
  assert.ok(described.capabilities.includes('completion'))
  const running = await clients.ollama.ps()
  assert.deepEqual(
    running.models.map(({ name }) => name),
    ['qwen3:4b', 'both:latest', 'gemma3:1b', 'both:latest'],
    'loaded twice, told twice',
  )
  assert.equal((await clients.ollama.version()).version, '0.12.6', 'the older: both understand it')
  const head = await fetch(gateway.url, { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
})
