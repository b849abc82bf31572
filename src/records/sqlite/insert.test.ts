import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { RecordPacker } from '../codec/pack.ts'
import { unpack } from '../codec/unpack.ts'
import { toStored } from '../fixtures/record.ts'
import type { StoredRecord } from '../store.ts'
import { RecordInserter } from './insert.ts'
import { RecordQueries } from './query.ts'
import { transact } from './removal.ts'
import { migrate } from './schema.ts'
import { PER_MS } from './seq.ts'
import { Words } from './words.ts'

const NOW_MS = 1_800_000_000_000

function stage(context: TestContext) {
  const db = new DatabaseSync(':memory:')
  context.after(() => db.close())
  migrate(db, 'memory')
  const words = new Words(db)
  const inserter = new RecordInserter(db, words)
  const queries = new RecordQueries(db, words)
  const write = (records: readonly StoredRecord[]): void => {
    const packer = new RecordPacker()
    for (const record of records) packer.add(record)
    transact(db, () => inserter.insert(packer.take()))
  }
  const read = (): readonly StoredRecord[] => unpack(queries.slice({}, { limit: 10_000, from: 0 }).packed)
  return { db, words, inserter, queries, write, read }
}

const toId = (at: number): string => `req_${at.toString(16).padStart(32, '0')}`

test('a batch of any size comes back in the order in which its requests began', (context) => {
  const { write, read, queries } = stage(context)
  const count = PER_MS * 2 + 100
  // In the order of their ends; the first ones within one millisecond, more than it has numbers for.
  const records = Array.from({ length: count }, (_, at) => {
    const startedAtMs = at < PER_MS + 50 ? NOW_MS : NOW_MS + 10 + ((at * 7_919) % 3_000) + (at % 4) / 4
    return toStored({ id: toId(at), startedAtMs, durationMs: at })
  })
  write(records)
  const found = read()
  assert.equal(new Set(found.map(({ record }) => record.id)).size, count)
  const byId = new Map(records.map((stored) => [stored.record.id, stored]))
  for (const stored of found) assert.deepEqual(stored, byId.get(stored.record.id))
  const begun = found.map(({ record }) => Math.floor(record.startedAtMs))
  assert.deepEqual(
    begun,
    begun.toSorted((one, other) => one - other),
  )
  for (const at of [0, PER_MS, count - 1]) {
    assert.equal(unpack(queries.find(toId(at)).packed)[0]?.record.durationMs, at)
  }
})

test('a batch that came to nothing leaves nothing behind, nor in the batch after it', (context) => {
  const { db, words, write, read } = stage(context)
  write([toStored({ id: 'before' })])
  db.exec(`CREATE TRIGGER refuse BEFORE INSERT ON details WHEN NEW.request_bytes = 77
    BEGIN SELECT raise(ABORT, 'refused'); END`)
  const many = Array.from({ length: 50 }, (_, at) => toStored({ id: `many-${at}`, key: 'new-key' }))
  assert.throws(() => write([...many, toStored({ id: 'bad', requestBytes: 77 })]), /refused/)
  assert.equal(db.isTransaction, false)
  // As the file does after a failure.
  words.forget()
  write([toStored({ id: 'after', key: 'new-key' })])
  assert.deepEqual(
    read().map(({ record: { id, key } }) => [id, key]),
    [
      ['before', 'team-a'],
      ['after', 'new-key'],
    ],
  )
})

test('lists and ids of many rows that wait do not get into each other', (context) => {
  const { write, read } = stage(context)
  const attempt = toStored().record.attempts[0]
  assert.ok(attempt !== undefined)
  // More bytes than one buffer of the writer holds, in lists of every length.
  const records = Array.from({ length: 900 }, (_, at) =>
    toStored({
      ...{ id: at % 3 === 0 ? `own-${at}` : toId(at), startedAtMs: NOW_MS + at, durationMs: at },
      ...{ traceId: at % 2 === 0 ? toId(at).slice('req_'.length) : undefined },
      attempts: Array.from({ length: at % 9 }, (_unused, place) => ({ ...attempt, endedMs: at + place })),
    }),
  )
  write(records)
  assert.deepEqual(read(), records)
})
