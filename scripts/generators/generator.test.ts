import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generatedNotice, markdownTable } from './generator.ts'
import { GENERATORS } from './registry.ts'

test('a table keeps its columns whatever stands in a cell', () => {
  const table = markdownTable(['code', 'meaning'], [['a|b', 'two\n  lines']])
  assert.equal(table, '| code | meaning |\n| --- | --- |\n| a\\|b | two lines |\n')
})

test('every generated page says on its first line what to edit instead', async () => {
  for (const { target, from, write } of GENERATORS.filter((generator) => generator.target.endsWith('.md'))) {
    assert.ok((await write()).startsWith(generatedNotice(from)), target)
  }
})

test('no two generators write the same file', () => {
  const targets = GENERATORS.map((generator) => generator.target)
  assert.deepEqual([...new Set(targets)], targets)
})
