import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { systemIds } from '../../../core/ids.ts'
import { issueKey } from '../key-desk.ts'
import { KeyStoreError, type KeyStoreFailure } from '../key-store.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { createSqliteKeySource } from './source.ts'
import { keyStoreFile, openSqliteKeyStore, openSqliteKeyStoreToRead } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-sqlite-'))
after(() => rmSync(folder, { recursive: true }))

const newFile = (): string => keyStoreFile(join(mkdtempSync(join(folder, 'case-')), 'data'))
const context = { ids: systemIds, nowMs: Date.UTC(2026, 0, 1), fileNames: [] }
const NAMED_A = { name: 'a', grant: {}, expiresAtMs: undefined }

function fails(work: () => unknown, reason: KeyStoreFailure, message: RegExp): void {
  assert.throws(work, (thrown) => {
    assert.ok(thrown instanceof KeyStoreError, String(thrown))
    assert.deepEqual([thrown.reason, message.test(thrown.message)], [reason, true], thrown.message)
    return true
  })
}

/** A store with one key, closed. */
function createStore(): string {
  const file = newFile()
  const store = openSqliteKeyStore(file)
  issueKey(store, NAMED_A, context)
  store.close()
  return file
}

test('folder and file are made for one user alone, also what SQLite puts beside the file', () => {
  const file = newFile()
  const store = openSqliteKeyStore(file)
  issueKey(store, NAMED_A, context)
  assert.equal(statSync(join(file, '..')).mode & 0o777, 0o700)
  for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(file + suffix).mode & 0o777, 0o600, suffix)
  store.close()
})

test('what was kept is there after opening again, with its schema version', () => {
  const file = createStore()
  const store = openSqliteKeyStore(file)
  assert.deepEqual(
    store.list().map(({ name }) => name),
    ['a'],
  )
  store.close()
  const db = new DatabaseSync(file)
  assert.equal(db.prepare('SELECT version FROM subjects').get()?.['version'], SCHEMA_VERSION)
  assert.equal(db.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal')
  db.close()
})

test('neither the file nor its log holds a key, only hashes', () => {
  const file = newFile()
  const store = openSqliteKeyStore(file)
  const { secret, key } = issueKey(store, NAMED_A, context)
  for (const suffix of ['', '-wal']) {
    const bytes = readFileSync(file + suffix)
    assert.ok(!bytes.includes(secret.slice(12)), suffix)
  }
  assert.ok(readFileSync(`${file}-wal`).includes(key.hash))
  store.close()
})

test('looking at keys makes no file, and a file that is only looked at is not changed', () => {
  const none = newFile()
  assert.equal(openSqliteKeyStoreToRead(none), undefined)
  assert.equal(createSqliteKeySource(none).read(), undefined)
  assert.ok(!existsSync(none))
  const file = createStore()
  const before = readFileSync(file)
  const reader = openSqliteKeyStoreToRead(file)
  assert.equal(reader?.list().length, 1)
  reader?.close()
  assert.deepEqual(readFileSync(file), before)
})

test('an empty file is a store without keys yet', () => {
  const file = createStore()
  writeFileSync(file, '')
  assert.deepEqual(openSqliteKeyStoreToRead(file)?.list(), [])
  assert.deepEqual(createSqliteKeySource(file).read(), { keys: [], revoked: [], isEmpty: true })
})

test('a file of a newer version is refused and left as it is', () => {
  const file = createStore()
  const db = new DatabaseSync(file)
  db.exec(`UPDATE subjects SET version = ${SCHEMA_VERSION + 1}`)
  db.close()
  const before = readFileSync(file)
  fails(() => openSqliteKeyStore(file), 'newer', /written by a newer version of Weir .*update this one/)
  fails(() => openSqliteKeyStoreToRead(file)?.list(), 'newer', /newer version/)
  fails(() => createSqliteKeySource(file).read(), 'newer', /newer version/)
  assert.deepEqual(readFileSync(file), before)
})

test('what is no database, another program’s or damaged is named as such and left as it is', () => {
  const text = createStore()
  writeFileSync(text, 'not a database at all, but long enough to have a header'.repeat(10))
  fails(() => openSqliteKeyStore(text), 'foreign', /is not a SQLite database/)
  fails(() => createSqliteKeySource(text).read(), 'foreign', /is not a SQLite database/)

  const other = join(mkdtempSync(join(folder, 'case-')), 'weir.db')
  const db = new DatabaseSync(other)
  db.exec('CREATE TABLE notes (text TEXT)')
  db.close()
  const before = readFileSync(other)
  fails(() => openSqliteKeyStore(other), 'foreign', /database of another program/)
  assert.deepEqual(readFileSync(other), before)

  const damaged = createStore()
  const bytes = readFileSync(damaged)
  writeFileSync(damaged, bytes.fill(0x5a, 200, 12_000))
  fails(() => openSqliteKeyStore(damaged).list(), 'damaged', /is damaged/)
})

test('a file that somebody else holds is locked, and a reader does not wait for it', () => {
  const file = createStore()
  const holder = new DatabaseSync(file)
  holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE subjects SET revision = 9')
  const startedMs = performance.now()
  fails(() => createSqliteKeySource(file).read(), 'locked', /is locked by another program/)
  assert.ok(performance.now() - startedMs < 1_000)
  holder.close()
  assert.equal(createSqliteKeySource(file).read()?.keys.length, 1)
})

test('a reader survives a file that is replaced, goes away and comes back', () => {
  const file = createStore()
  const source = createSqliteKeySource(file)
  assert.equal(source.read()?.keys.length, 1)
  const other = createStore()
  const store = openSqliteKeyStore(other)
  issueKey(store, { ...NAMED_A, name: 'b' }, context)
  store.close()
  renameSync(other, file)
  assert.equal(source.read()?.keys.length, 2, 'another file in its place')
  rmSync(file)
  fails(() => source.read(), 'missing', /is gone: the keys that were known stay good/)
  fails(() => source.read(), 'missing', /is gone/)
  renameSync(createStore(), file)
  assert.equal(source.read()?.keys.length, 1)
  source.close()
})

test('a key that did not change is the same object when others did', () => {
  const file = createStore()
  const source = createSqliteKeySource(file)
  const [first] = source.read()?.keys ?? []
  const store = openSqliteKeyStore(file)
  issueKey(store, { ...NAMED_A, name: 'b' }, context)
  const keys = source.read()?.keys
  assert.equal(keys?.[0], first)
  assert.deepEqual(
    keys?.map(({ name }) => name),
    ['a', 'b'],
  )
  store.close()
  source.close()
})

test('what others write into the same file is no reason to read the keys again', () => {
  const file = createStore()
  const source = createSqliteKeySource(file)
  source.read()
  const db = new DatabaseSync(file)
  db.exec('CREATE TABLE records (id INTEGER); INSERT INTO records VALUES (1)')
  assert.equal(source.read(), undefined)
  db.exec(`UPDATE subjects SET revision = revision + 1`)
  assert.equal(source.read()?.keys.length, 1)
  db.close()
  source.close()
})
