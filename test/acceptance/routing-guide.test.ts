// docs/guide/routing.md, held to what it says: its configuration runs in front of pretend servers of the kinds it names.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { STRATEGIES } from '../../src/gateway/config.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startGateway, type TestGateway, type Written } from '../support/weir.ts'
import { sendRaw } from './support/wire.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/routing.md', import.meta.url), 'utf8')

const SERVERS = [
  { kind: 'vllm', models: [{ name: 'Qwen/Qwen3-32B' }] },
  { kind: 'vllm', models: [{ name: 'Qwen/Qwen3-32B' }] },
  { kind: 'ollama', models: [{ name: 'qwen3:4b' }, { name: 'llama3:latest' }] },
] as const

let simulators: Simulator[]
let gateway: TestGateway

before(async () => {
  const [text] = /```yaml\n([\s\S]*?)```/.exec(GUIDE)?.slice(1) ?? []
  const written = parse(text ?? '') as Written & { backends: Written[] }
  simulators = SERVERS.map(({ kind, models }) =>
    createSimulator({
      kind,
      models: [...models],
      strictModels: true,
      listFaultModels: false,
      outputTokens: 3,
    }),
  )
  const urls = await Promise.all(
    simulators.map(async (simulator) => (await simulator.listen({ host: '127.0.0.1', port: 0 })).url),
  )
  assert.equal(written.backends.length, urls.length)
  const backends = written.backends.map((backend, index) => ({ ...backend, url: urls[index] }))
  gateway = await startGateway({ ...written, backends })
})
after(async () => {
  await gateway.stop()
  for (const simulator of simulators) await simulator.close()
})

/** Who answered, as which model, in place of which. */
async function ask(model: string): Promise<readonly (string | number | undefined)[]> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] })
  const answer = await sendRaw(gateway.port, { path: '/v1/chat/completions', body })
  return [
    answer.status,
    ...['x-weir-backend', 'x-weir-model', 'x-weir-fallback-from'].map((name) => answer.header(name)),
  ]
}

test('names, weights and tiers lead where the guide says', async () => {
  const leaders: unknown[] = []
  for (const name of ['qwen3:32b', 'qwen3:32b', 'qwen3:32b', 'qwen3:32b']) {
    const [status, backend, model] = await ask(name)
    assert.deepEqual([status, model], [200, 'qwen3:32b'])
    leaders.push(backend)
  }
  assert.deepEqual(leaders, ['gpu-a', 'gpu-a', 'gpu-b', 'gpu-a'], 'a a b a')
  for (const alias of ['gpt-4o', 'gpt-4-turbo']) assert.deepEqual((await ask(alias))[2], 'qwen3:32b')
  assert.deepEqual(await ask('fast'), [200, 'desk', 'qwen3:4b', undefined])
  assert.deepEqual(await ask('llama3'), [200, 'desk', 'llama3:latest', undefined], 'gpu-b does not have it')
})

test('its fallback answers when the backends of a model fail', async () => {
  for (const simulator of simulators.slice(0, 2)) simulator.configure({ faults: [{ fault: '500' }] })
  assert.deepEqual(await ask('gpt-4o'), [200, 'desk', 'qwen3:4b', 'qwen3:32b'])
})

test('every strategy and every setting of a retry is in the guide', () => {
  const { retry } = gateway.weir.gateway.runtime.settings
  for (const strategy of STRATEGIES) assert.match(GUIDE, new RegExp(`\\| \`${strategy}\` +\\|`))
  for (const setting of Object.keys(retry)) assert.ok(GUIDE.includes(`retry.${setting}`), setting)
})
