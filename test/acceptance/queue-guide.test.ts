// docs/guide/queue.md, held to what it says: its configuration runs, and it names every setting, header, code and metric.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { backendSchema } from '../../src/gateway/config.ts'
import { createSimulator } from '../../src/simulator/index.ts'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import { startGateway, type Written } from '../support/weir.ts'
import { sendRaw } from './support/wire.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/queue.md', import.meta.url), 'utf8')

test('the configuration of the guide serves requests, and counts slots as it says', async () => {
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(GUIDE) ?? []
  const written = parse(text) as { backends: Written[] }
  const simulator = createSimulator({})
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  const backends = written.backends.map((backend) => ({ ...backend, url, kind: 'simulator' }))
  const gateway = await startGateway({ ...written, backends, auth: 'none' })
  try {
    const body = '{"model":"sim-chat","messages":[{"role":"user","content":"x"}]}'
    const answer = await sendRaw(gateway.port, { path: '/v1/chat/completions', body })
    assert.equal(answer.status, 200)
    assert.deepEqual(
      [...gateway.weir.gateway.backends()].map(({ name, slotsLimit }) => [name, slotsLimit]),
      [
        ['gpu-a', 4],
        ['gpu-b', 4],
      ],
    )
  } finally {
    await gateway.stop()
    await simulator.close()
  }
})

test('the guide names every setting of the queue, and every metric of slots and queue', () => {
  const { queue } = backendSchema.parse({ name: 'a', url: 'http://x' })
  for (const key of Object.keys(queue)) assert.ok(GUIDE.includes(key), key)
  for (const { name } of Object.values(CATALOGUE)) {
    if (/^weir_(queue|slots)_/.test(name)) assert.ok(GUIDE.includes(`\`${name}\``), name)
  }
})
