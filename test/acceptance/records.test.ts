// Records through the real gateway: every request is in the store, over restarts and crashes, and no second gateway writes there.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createSqliteStore, toRecordsFile } from '../../src/records/sqlite/store.ts'
import type { RecordStore, StoredRecord } from '../../src/records/store.ts'
import { createSimulator } from '../../src/simulator/index.ts'
import { startGateway, startStage, until, type Written } from '../support/weir.ts'
import { startProcess } from './support/process.ts'

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-records-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** As a command does it, beside a running gateway or without one. */
async function look<Result>(data: string, work: (store: RecordStore) => Promise<Result>): Promise<Result> {
  const store = createSqliteStore({ file: toRecordsFile(data), mode: 'look' })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

const listAll = (data: string): Promise<readonly StoredRecord[]> =>
  look(data, async (store) => (await store.page({ filter: {}, limit: 10_000 })).records)

async function ask(url: string, given: Written = {}): Promise<Response> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }], ...given }),
  })
  await response.text()
  return response
}

test('every request is a record in the store, the same that its other readers got', async (context) => {
  const data = makeFolder(context)
  const stage = await startStage({ config: { data } })
  try {
    await ask(stage.url)
    await ask(stage.url, { stream: true })
    await ask(stage.url, { model: 'nobody-has-it' })
    await fetch(`${stage.url}/nowhere`)
    const records = await stage.untilSealed(4)
    await until(async () => (await listAll(data).catch(() => [])).length === 4, 'four records in the store')
    const stored = await listAll(data)
    const byId = new Map(stored.map((each) => [each.record.id, each]))
    for (const record of records) assert.deepEqual(byId.get(record.id)?.record, { ...record })
    assert.ok(stored.every(({ verdict }) => verdict !== undefined))
    assert.match(await stage.scrape(), /weir_records_dropped_total\{reason="store_failed"\} 0\n/)
  } finally {
    await stage.stop()
  }
})

test('what a stop still held is written, and a restart finds all of it', async (context) => {
  const data = makeFolder(context)
  const ids: (string | null)[] = []
  for (let start = 0; start < 2; start += 1) {
    const stage = await startStage({ config: { data } })
    for (let count = 0; count < 5; count += 1) ids.push((await ask(stage.url)).headers.get('x-request-id'))
    await stage.stop()
  }
  assert.deepEqual(
    readdirSync(data).filter((name) => name.startsWith('records')),
    ['records.db', 'records.db.lock'],
    'nothing is left beside the file',
  )
  const kept = (await listAll(data)).map(({ record }) => record.id)
  assert.deepEqual(kept.toReversed(), ids)
})

test('a second gateway on the same records does not start, and says what to do', async (context) => {
  const data = makeFolder(context)
  const first = await startStage({ config: { data } })
  try {
    await assert.rejects(startGateway({ data, backends: [{ name: 'a', url: 'http://127.0.0.1:9' }] }), {
      name: 'RecordStoreError',
      reason: 'taken',
      message: new RegExp(`keeps its records in ${data}\\. End it, or name another folder .* postgres:`),
    })
    await ask(first.url)
  } finally {
    await first.stop()
  }
  const next = await startStage({ config: { data } })
  await next.stop()
  assert.equal((await listAll(data)).length, 1)
})

test('a gateway that ends soon is waited for by the one that takes its place', async (context) => {
  const data = makeFolder(context)
  const first = await startStage({ config: { data } })
  await ask(first.url)
  const starting = startStage({ config: { data } })
  await new Promise((resolve) => setTimeout(resolve, 300))
  await first.stop()
  const second = await starting
  await ask(second.url)
  await second.stop()
  assert.equal((await listAll(data)).length, 2)
})

test('without a store nothing is written and nothing is missing', async (context) => {
  const data = makeFolder(context)
  const stage = await startStage({ config: { data, records: { store: 'off' } } })
  await ask(stage.url)
  await stage.stop()
  assert.deepEqual(
    readdirSync(data).filter((name) => name.startsWith('records')),
    [],
  )
})

test('a data folder that cannot be used costs the records, and says so once', async () => {
  const stage = await startStage({ config: { data: '/dev/null/weir' } })
  try {
    for (let count = 0; count < 5; count += 1) assert.equal((await ask(stage.url)).status, 200)
  } finally {
    await stage.stop()
  }
  const told = stage.logLines.filter((line) => line.includes('records cannot be written'))
  assert.equal(told.length, 1, told.join('\n'))
  assert.match(told[0] ?? '', /"reason":"no_access"/)
})

test('a gateway that is killed loses at most what it had not written yet', async (context) => {
  const simulator = createSimulator({})
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  context.after(() => simulator.close())
  const data = makeFolder(context)
  const config = { data, backends: [{ name: 'sim', url, kind: 'simulator' }] }
  const gateway = await startProcess({ config })
  const answered: (string | null)[] = []
  const early: (string | null)[] = []
  try {
    for (let count = 0; count < 40; count += 1)
      early.push((await ask(gateway.url)).headers.get('x-request-id'))
    await until(async () => (await listAll(data)).length >= 40, 'the first forty in the store')
    for (let count = 0; count < 40; count += 1)
      answered.push((await ask(gateway.url)).headers.get('x-request-id'))
    gateway.kill('SIGKILL')
    await gateway.exit
    const kept = new Set((await listAll(data)).map(({ record }) => record.id))
    for (const id of early) assert.ok(kept.has(id ?? ''), 'what was written stays')
    assert.ok(kept.size <= 80)
    // A new one has the lock at once: it died with the process.
    const again = await startProcess({ config })
    again.kill('SIGTERM')
    assert.equal((await again.exit).code, 0)
    await again.destroy()
  } finally {
    await gateway.destroy()
  }
})
