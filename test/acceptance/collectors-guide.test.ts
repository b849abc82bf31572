// docs/guide/collectors.md, held to what it says: its configurations are read, and its names are those of the code.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { COLLECTOR_METRICS, GPU_METRICS, HOST_METRICS } from '../../src/telemetry/catalogue/hosts.ts'
import { BACKEND_METRICS } from '../../src/telemetry/catalogue/backends.ts'
import { parseExposition } from '../support/metrics.ts'
import { startStage, toConfig, type Written } from '../support/weir.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/collectors.md', import.meta.url), 'utf8')
const [defaults, sglang] = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, block = '']) => parse(block) as Written,
)

test('its configuration is read, and says the defaults', () => {
  assert.deepEqual(toConfig(defaults ?? {}).telemetry.metrics, toConfig({}).telemetry.metrics)
  assert.equal(toConfig(sglang ?? {}).gateway.backends[0]?.metrics, true)
})

test('a gateway with it shows the machine', async () => {
  const stage = await startStage({ config: { metrics: defaults?.['metrics'] } })
  try {
    const names = parseExposition(await stage.scrape()).map(({ name }) => name)
    assert.ok(names.includes(HOST_METRICS.hostMemory.name))
  } finally {
    await stage.stop()
  }
})

test('it names every metric of the collectors, and no other', () => {
  const metrics = { ...HOST_METRICS, ...GPU_METRICS, ...COLLECTOR_METRICS, ...BACKEND_METRICS }
  const known = Object.values(metrics).map(({ name }): string => name)
  const named = new Set(GUIDE.match(/\b(?:weir|gpu|host)_[a-z_]+/g))
  assert.deepEqual([...named].toSorted(), known.toSorted())
})
