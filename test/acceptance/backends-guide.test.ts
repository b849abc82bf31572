// docs/guide/backends.md, held to what it says: its configuration is read, and its lists are those of the code.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { PROBE_PAGES } from '../../src/gateway/routing/probes/probe-pages.ts'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import { startStage, toConfig, type Written } from '../support/weir.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/backends.md', import.meta.url), 'utf8')

function written(): Written {
  const block = /```yaml\n([\s\S]*?)```/.exec(GUIDE)?.[1]
  assert.ok(block !== undefined)
  return parse(block) as Written
}

test('its configuration is read, and says the defaults but for the probe', () => {
  const config = toConfig(written()).gateway
  const backends = written()['backends'] as Written[]
  const bare = toConfig({ backends: backends.map(({ name, url, kind }) => ({ name, url, kind })) }).gateway
  assert.deepEqual([config.discovery, config.health], [bare.discovery, bare.health])
  assert.deepEqual(
    config.backends.map(({ timeouts }) => timeouts),
    bare.backends.map(({ timeouts }) => timeouts),
  )
  assert.deepEqual(config.backends[1]?.probe, { generate: 'Qwen/Qwen3-32B', every: 300_000 })
  assert.equal(bare.backends[1]?.probe, undefined)
})

test('a gateway starts with it', async () => {
  const { discovery, health } = written() as Record<string, unknown>
  const stage = await startStage({ config: { discovery, health } })
  try {
    assert.equal([...stage.weir.gateway.backends()][0]?.state, 'available')
  } finally {
    await stage.stop()
  }
})

test('it names every page that a probe asks for, and no other', () => {
  const rows = [...GUIDE.matchAll(/^\| ((?:`\w+`(?:, )?)+) +\| (.*?) +\|$/gm)]
    .map(([, kinds = '', pages = '']) => ({
      kinds: kinds.match(/\w+/g) ?? [],
      pages: pages.match(/\/[\w/]+/g) ?? [],
    }))
    .filter(({ pages }) => pages.length > 0)
  const told = new Map(rows.flatMap(({ kinds, pages }) => kinds.map((kind) => [kind, pages.toSorted()])))
  for (const [kind, { listing, health, version, running }] of Object.entries(PROBE_PAGES)) {
    if (kind === 'simulator') continue
    const asked = [listing.path, health, version, running].filter((page) => page !== undefined)
    assert.deepEqual(told.get(kind), asked.toSorted(), kind)
  }
})

test('it names metrics that there are', () => {
  const known = Object.values(CATALOGUE).map(({ name }) => name)
  const named = GUIDE.match(/weir_[a-z_]+/g) ?? []
  assert.ok(named.length >= 5)
  assert.deepEqual(
    named.filter((name) => !(known as string[]).includes(name)),
    [],
  )
})
