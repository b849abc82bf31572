// What was said, followed to the bytes on the disk: what must not be kept is in no file, and what was purged is in none either.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { RawContent } from '../../src/core/content.ts'
import { redactObject } from '../../src/records/redact/config.ts'
import { toStoredContent } from '../../src/records/redact/content.ts'
import { createRedactor } from '../../src/records/redact/redactor.ts'
import { createSqliteStore } from '../../src/records/sqlite/store.ts'
import { startStage } from '../support/weir.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-leak-'))
after(() => rmSync(folder, { recursive: true }))

const SECRET = `sk-proj-${'Zz9Yy8Xx7W'.repeat(4)}`
const MOBILE = '13912345678'
const SAID = 'words that a prompt may hold'

/** Every byte of every file, the log beside the database included. */
function bytesOf(dir: string): string {
  if (!existsSync(dir)) return ''
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

async function converse(content: string, dir: string) {
  const contents: RawContent[] = []
  const stage = await startStage({
    config: { records: { content }, data: dir },
    extra: { onContent: (each) => void contents.push(each) },
  })
  try {
    const text = `${SAID}: ${SECRET} and ${MOBILE}`
    for (const stream of [true, false]) {
      const messages = [{ role: 'user', content: text }]
      const response = await fetch(`${stage.url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'sim-chat', stream, messages }),
      })
      assert.equal(response.status, 200)
      await response.arrayBuffer()
    }
    const records = await stage.untilSealed(2)
    return { contents, records, seen: [...stage.logLines, await stage.scrape()].join('\n') }
  } finally {
    await stage.stop()
  }
}

test('under none no byte of a prompt is in a file, in the log or in the metrics', async () => {
  const dir = join(folder, 'none')
  const { contents, seen, records } = await converse('none', dir)
  const everything = seen + JSON.stringify(records) + bytesOf(dir)
  assert.deepEqual(contents, [])
  for (const said of [SAID, SECRET, MOBILE]) assert.ok(!everything.includes(said), said)
})

test('under all the words are kept, and no secret reaches a file, the log or the metrics', async () => {
  const dir = join(folder, 'all')
  const { contents, records, seen } = await converse('all', dir)
  assert.equal(contents.length, 2)
  const redactor = createRedactor(redactObject.parse({}))
  const file = join(dir, 'leak.db')
  const store = createSqliteStore({ file, mode: 'own' })
  try {
    await store.write({
      records: records.map((record) => ({ record: { ...record, key: 'team-a' }, verdict: undefined })),
      contents: contents.map((content) => toStoredContent(content, { redactor, maxBytes: 65_536 })),
      minutes: [],
    })
    const kept = await store.content(records[0]?.id ?? '')
    assert.match(kept?.prompt ?? '', new RegExp(`${SAID}: \\[api-key\\] and \\[phone\\]`))
    for (const said of [SECRET, MOBILE]) assert.ok(!(seen + bytesOf(dir)).includes(said), said)
    assert.ok(!seen.includes(SAID), 'neither the log nor the metrics hold what was said')
    assert.ok(
      bytesOf(dir).includes(SAID),
      'the file holds it as text, so that a search of its bytes means something',
    )
    const beside = createSqliteStore({ file, mode: 'join' })
    try {
      assert.equal(await beside.purge({ of: { key: 'team-a' }, what: 'content' }), 2)
    } finally {
      await beside.close()
    }
    assert.ok(!bytesOf(dir).includes(SAID), 'what was purged is gone from the disk')
    assert.notEqual(await store.find(records[0]?.id ?? ''), undefined)
  } finally {
    await store.close()
  }
})
