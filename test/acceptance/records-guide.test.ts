// The guide to the store of records: its configurations are read as they stand there, the first serves, and its SQL answers.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { parse } from 'yaml'
import { startStage, toConfig, until, type Written } from '../support/weir.ts'

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/guide/records.md'), 'utf8')
const examples = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parse(text) as Written)
const DAY_MS = 86_400_000

test('every configuration of the guide is valid and says what the guide says', () => {
  const [kept, off] = examples.map((example) => toConfig(example).records)
  assert.equal(examples.length, 2)
  assert.deepEqual([kept?.keep, kept?.maxSize, off?.store.kind], [14 * DAY_MS, 20 * 1_024 ** 3, 'off'])
  const { records } = toConfig({})
  assert.deepEqual(
    [records.keep, records.maxSize, records.keepMinutes, records.keepHours],
    [7 * DAY_MS, 10 * 1_024 ** 3, kept?.keepMinutes, kept?.keepHours],
  )
})

test('the first one serves, and a tool of one’s own finds the request in the file', async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'weir-records-guide-'))
  context.after(() => rmSync(data, { recursive: true }))
  const { backends: _, ...rest } = examples[0] ?? {}
  const stage = await startStage({ config: { ...rest, data } })
  try {
    const response = await fetch(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model":"sim-chat","messages":[{"role":"user","content":"hi"}]}',
    })
    await response.text()
    const sql = /sqlite3 -readonly \S+ "([^"]+)"/.exec(GUIDE)?.[1] ?? ''
    const look = () => {
      const db = new DatabaseSync(join(data, 'records.db'), { readOnly: true })
      const rows = db.prepare(sql).all()
      db.close()
      return rows
    }
    await until(() => look().length === 1, 'the record')
    const [row] = look()
    assert.deepEqual([row?.['status'], row?.['model'], row?.['backend']], [200, 'sim-chat', 'sim'])
    assert.match(String(row?.['started_at']), /^\d{4}-\d\d-\d\dT/)
  } finally {
    await stage.stop()
  }
})
