// The two derived descriptions of the configuration file: the reference page and the schema for editors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { printConfigReference } from './docs.ts'
import { toJsonSchema } from './json-schema.ts'
import { LATER_KEYS } from './later.ts'
import { VARIABLES } from './settings.ts'
import { fieldTree } from './validate.ts'

const HASH = `sha256:${'a'.repeat(64)}`
const schema = toJsonSchema()
const editor = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema)

test('an editor accepts what Weir accepts', () => {
  const good: readonly unknown[] = [
    {},
    { $schema: './weir.schema.json' },
    { listen: ':18789', metrics: { listen: '127.0.0.1:0', path: '/metrics' }, data: './weir-data' },
    {
      listen: '${env:ADDR}',
      retry: { attempts: '${env:TRIES}' },
      log: { level: '${env:LEVEL}', requests: '${env:R}' },
    },
    { backends: [{ name: 'a', url: 'http://x', kind: 'vllm', timeouts: { idle: '1h30m', total: '15m' } }] },
    { backends: [{ name: 'a', url: 'http://${env:HOST}:1', apiKey: '${file:/run/secrets/x}' }] },
    { server: { drain: 0, maxBody: '32MiB', maxHeader: '16kib' } },
    { keys: [{ name: 'a', hash: HASH, models: ['qwen3*'] }] },
  ]
  for (const value of good) assert.ok(editor.safeParse(value).success, JSON.stringify(value))
})

test('an editor underlines what Weir refuses', () => {
  const bad: readonly unknown[] = [
    [],
    { lisen: ':1' },
    { listen: 18789 },
    { listen: '18789' },
    { console: {} },
    { log: { level: 'loud' } },
    { retry: { attempts: 4 } },
    { retry: { attempts: 'many' } },
    { backends: [{ name: 'a' }] },
    { backends: [{ name: 'a b', url: 'http://x' }] },
    { backends: [{ name: 'a', url: 'x:1' }] },
    { server: { keepAlive: '5 minutes' } },
    { server: { maxBody: 1_024 } },
    { keys: [{ name: 'a', hash: 'wk_x' }] },
  ]
  for (const value of bad) assert.ok(!editor.safeParse(value).success, JSON.stringify(value))
})

test('an editor shows the meaning and the default of a key', () => {
  const { properties } = schema as { properties: Record<string, { description?: string; default?: unknown }> }
  assert.deepEqual(Object.keys(properties), [...fieldTree.fields.keys()])
  for (const [key, node] of fieldTree.fields) {
    assert.equal(properties[key]?.description, node.description, key)
    assert.deepEqual(properties[key]?.default, node.fallback, key)
  }
})

test('the page names every key, every variable and what comes later', () => {
  const page = printConfigReference()
  const names = [...fieldTree.fields].flatMap(([key, node]) => [key, ...(node.item ?? node).fields.keys()])
  for (const name of names.filter((key) => key !== '$schema' && key !== 'timeouts')) {
    assert.ok(
      [`\`${name}\``, `\`${name}.`, `## ${name}\n`].some((way) => page.includes(way)),
      name,
    )
  }
  for (const name of [...VARIABLES, ...LATER_KEYS.keys(), 'timeouts.firstToken'])
    assert.ok(page.includes(`\`${name}\``), name)
})

test('every row of the page has as many cells as its header', () => {
  for (const table of printConfigReference().split('\n\n')) {
    const rows = table.split('\n').filter((line) => line.startsWith('|'))
    const widths = new Set(rows.map((row) => row.replaceAll('\\|', '').split('|').length))
    assert.ok(widths.size <= 1, table)
  }
})
