// What the file store does beyond the contract of all stores: versions, readers beside the writer, two gateways, odd files.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { toStored } from '../fixtures/record.ts'
import type { StoredRecord } from '../store.ts'
import type { FileMode } from './file.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { createSqliteStore, toRecordsFile, type SqliteStore } from './store.ts'

function stage(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-records-'))
  const file = toRecordsFile(folder)
  const opened: SqliteStore[] = []
  context.after(async () => {
    for (const store of opened) await store.close()
    rmSync(folder, { recursive: true })
  })
  const open = (mode: FileMode = 'own', takeoverMs = 0): SqliteStore => {
    const store = createSqliteStore({ file, mode, takeoverMs, busyMs: 50 })
    opened.push(store)
    return store
  }
  const edit = (sql: string): void => {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }
  return { folder, file, open, edit }
}

const batch = (...records: readonly StoredRecord[]) => ({ records, contents: [], minutes: [] })

test('a file of a newer version is refused, left as it is, and both versions are named', async (context) => {
  const { open, edit, file } = stage(context)
  const first = open()
  await first.write(batch(toStored()))
  await first.close()
  edit(`PRAGMA user_version = ${SCHEMA_VERSION + 3}; CREATE TABLE of_tomorrow (x)`)
  const before = statSync(file).mtimeMs
  for (const mode of ['own', 'look', 'join'] as const) {
    const named = new RegExp(`version ${SCHEMA_VERSION + 3}, this one knows ${SCHEMA_VERSION}\\): update`)
    await assert.rejects(open(mode).open(), { reason: 'newer', message: named })
  }
  assert.equal(statSync(file).mtimeMs, before)
})

test('a database of another program and a file that is none are told apart', async (context) => {
  const { open, edit, file } = stage(context)
  edit('CREATE TABLE theirs (x)')
  const first = open()
  await assert.rejects(first.open(), {
    reason: 'foreign',
    message: /of another program: name another folder/,
  })
  await first.close()
  writeFileSync(file, 'not a database at all'.repeat(50))
  await assert.rejects(open().open(), { reason: 'damaged', message: /move the file away/ })
})

test('an empty file becomes a store', async (context) => {
  const { open, file } = stage(context)
  writeFileSync(file, '')
  const store = open()
  await store.write(batch(toStored({ id: 'one' })))
  assert.ok((await store.find('one')) !== undefined)
})

test('the file and its folder are nobody else’s to read', async (context) => {
  const { folder } = stage(context)
  const file = join(folder, 'deep', 'data', 'records.db')
  const store = createSqliteStore({ file, mode: 'own' })
  await store.write(batch(toStored()))
  const modes = [file, `${file}-wal`, `${file}.lock`, join(folder, 'deep', 'data')].map(
    (path) => statSync(path).mode & 0o777,
  )
  assert.deepEqual(modes, [0o600, 0o600, 0o600, 0o700])
  await store.close()
})

test('who looks needs no lock and sees what is written meanwhile, and may change nothing', async (context) => {
  const { open } = stage(context)
  await assert.rejects(open('look').open(), { reason: 'missing', message: /There are no records in / })
  const writer = open()
  await writer.write(batch(toStored({ id: 'one' })))
  const reader = open('look')
  assert.ok((await reader.find('one')) !== undefined)
  await writer.write(batch(toStored({ id: 'two' })))
  assert.ok((await reader.find('two')) !== undefined)
  await assert.rejects(reader.write(batch(toStored())), { reason: 'no_access' })
  await assert.rejects(reader.documents.write('a', 'b'), { reason: 'no_access' })
  await assert.rejects(reader.purge({ of: { key: 'team-a' }, what: 'records' }), { reason: 'no_access' })
  assert.equal(await reader.election.lead(), false)
})

test('a folder that holds an empty file has no records yet', async (context) => {
  const { open, file } = stage(context)
  writeFileSync(file, '')
  await assert.rejects(open('look').open(), { reason: 'missing' })
})

test('a command beside the gateway writes documents and removes records, and the gateway sees it', async (context) => {
  const { open } = stage(context)
  const gateway = open()
  await gateway.write(batch(toStored({ id: 'one', key: 'team-a' }), toStored({ id: 'two', key: 'team-b' })))
  const command = open('join')
  await command.documents.write('silence/1', 'text')
  assert.equal(await gateway.documents.read('silence/1'), 'text')
  assert.equal(await command.purge({ of: { key: 'team-a' }, what: 'records' }), 1)
  assert.equal(await gateway.find('one'), undefined)
  await gateway.write(batch(toStored({ id: 'three' })))
  assert.ok((await command.find('three')) !== undefined)
  await assert.rejects(command.write(batch(toStored())), { reason: 'no_access' })
})

test('one gateway has the file; the next one is told what to do, or gets it when the first ends in time', async (context) => {
  const { open, folder } = stage(context)
  const first = open()
  await first.open()
  const message = new RegExp(
    `Another gateway keeps its records in ${folder}\\. End it, or .*\`data\`.*postgres:`,
  )
  await assert.rejects(open().open(), { reason: 'taken', message })
  const patient = open('own', 5_000)
  const opening = patient.open()
  await first.close()
  await opening
  assert.equal(await patient.election.lead(), true)
})

test('what is looked for does not wait for a long question, nor what is written', async (context) => {
  const { open, edit } = stage(context)
  const store = open()
  await store.write(batch(toStored({ id: 'one' })))
  edit(`WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 400000)
    INSERT INTO records (seq, duration_ms, status) SELECT x, x % 977, 200 FROM n`)
  const done: string[] = []
  const long = store
    .aggregate({ filter: {}, measure: 'duration', quantiles: [0.5], by: ['model', 'hour'] })
    .then(() => done.push('aggregate'))
  await store.write(batch(toStored({ id: 'two' }))).then(() => done.push('write'))
  await store.documents.write('a', 'b').then(() => done.push('document'))
  await long
  assert.deepEqual(done, ['write', 'document', 'aggregate'])
})

test('removing much lets what is written in between', async (context) => {
  const { open, edit } = stage(context)
  const store = open()
  await store.write(batch(toStored({ id: 'one' })))
  edit(`WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 60000)
    INSERT INTO records (seq, duration_ms, status) SELECT x, 1, 200 FROM n`)
  const done: string[] = []
  const removing = store
    .retain({ recordsMs: 1, minutesMs: 1, hoursMs: 1, maxBytes: undefined }, 1_700_000_000_000)
    .then(({ records }) => done.push(`removed ${records}`))
  await store.write(batch(toStored({ id: 'two' }))).then(() => done.push('write'))
  await removing
  assert.deepEqual(done, ['write', 'removed 60000'])
})

test('a folder where the file should be, and a folder that is a file, are told', async (context) => {
  const { open, file, folder } = stage(context)
  mkdirSync(file)
  await assert.rejects(open().open(), { reason: 'no_access' })
  writeFileSync(join(folder, 'plain'), '')
  const below = createSqliteStore({ file: join(folder, 'plain', 'records.db'), mode: 'own' })
  await assert.rejects(below.open(), { reason: 'no_access' })
  await below.close()
})

test('people who open the file find requests in words', async (context) => {
  const { open, file } = stage(context)
  const store = open()
  const id = `req_${'0a'.repeat(16)}`
  await store.write(
    batch(
      toStored(
        { id, status: 502, outcome: 'backend_error' },
        { cause: 'queue', shareRatio: 1, text: 'queue 100 %' },
      ),
    ),
  )
  const db = new DatabaseSync(file, { readOnly: true })
  const row = db.prepare('SELECT * FROM requests').get()
  db.close()
  assert.deepEqual(
    { ...row },
    {
      ...{ id, started_at: '2027-01-15T08:00:00.000Z', duration_ms: 1_200.25, first_token_ms: 200.25 },
      ...{ status: 502, outcome: 'backend_error', code: null, endpoint: '/v1/chat/completions' },
      ...{ model: 'qwen3:4b', backend: 'ollama', key: 'team-a', tenant: 'north' },
      ...{ prompt_tokens: 120, output_tokens: 41, cause: 'queue', why: 'queue 100 %' },
    },
  )
})

test('free texts without end are kept as they are, found, and do not fill the dictionary', async (context) => {
  const { open, file } = stage(context)
  const store = open()
  for (let at = 0; at < 10; at += 1) {
    const records = Array.from({ length: 1_010 }, (_, place) =>
      toStored({ id: `${at}-${place}`, modelAsked: `asked-${at}-${place}`, modelRouted: 'known' }),
    )
    await store.write(batch(...records))
  }
  await store.write(batch(toStored({ id: 'long', modelAsked: 'x'.repeat(5_000), modelRouted: 'late' })))
  await store.write(batch(toStored({ id: 'twice', modelAsked: 'asked-new', modelRouted: 'asked-new' })))
  for (const [id, model] of [
    ['0-0', 'asked-0-0'],
    ['9-1009', 'asked-9-1009'],
    ['long', 'x*'],
    ['twice', 'asked-new'],
  ]) {
    const { records } = await store.page({ filter: { model }, limit: 5 })
    assert.deepEqual(
      records.map(({ record }) => record.id),
      [id],
      model,
    )
  }
  assert.equal((await store.find('long'))?.record.modelAsked?.length, 5_000)
  const rows = await store.aggregate({
    filter: { model: 'late' },
    measure: 'duration',
    quantiles: [],
    by: ['model'],
  })
  assert.deepEqual(
    rows.map(({ group }) => group),
    [{ model: 'late' }],
  )
  const db = new DatabaseSync(file, { readOnly: true })
  const words = Number(db.prepare('SELECT count(*) AS count FROM words').get()?.['count'])
  db.close()
  assert.ok(words <= 10_020, `${words} words`)
})

test('of what was purged no byte is left beside what stays', async (context) => {
  const { folder, open } = stage(context)
  const store = open()
  const at = (index: number) => ({ id: `r${index}`, key: index % 3 === 0 ? 'stays' : 'goes' })
  for (let from = 0; from < 1_200; from += 100) {
    const records = Array.from({ length: 100 }, (_, place) => toStored(at(from + place)))
    const contents = records.map(({ record: { id, key } }, place) => ({
      ...{ requestId: id, prompt: `said by ${String(key)} ${'x'.repeat((place * 37) % 700)}` },
      ...{ answer: `told ${String(key)}`, isCut: false },
    }))
    // As records come: in no order of their beginnings.
    await store.write({ records: records.toReversed(), contents: contents.toSorted(() => -1), minutes: [] })
  }
  assert.equal(await store.purge({ of: { key: 'goes' }, what: 'content' }), 800)
  assert.match((await store.content('r3'))?.prompt ?? '', /^said by stays/)
  const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
  assert.doesNotMatch(bytes.join(''), /said by goes|told goes/)
  assert.match(bytes.join(''), /said by stays/)
})
