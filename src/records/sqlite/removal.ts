// Removes rows in slices, each a transaction of its own that is short enough not to be felt by what is written in between,
// and gives the space back to the disk.
import type { DatabaseSync } from 'node:sqlite'
import type { RecordStore, Removed, Retention } from '../store.ts'
import type { Counts } from './counts.ts'
import { firstSeqOf } from './seq.ts'
import type { Words } from './words.ts'

/** Rows of one transaction: some tens of milliseconds. */
const ROWS_PER_SLICE = 2_000
/** Pages of 4 KiB that one step gives back: a few milliseconds. */
const PAGES_PER_SLICE = 256
const MINUTE_MS = 60_000

const TABLES = ['records', 'details', 'contents'] as const

export interface RemovalContext {
  readonly db: DatabaseSync
  readonly words: Words
  readonly counts: Counts
  /** Lets others have their turn; throws when the file was closed in the meantime. */
  readonly pause: () => Promise<void>
}

export async function retain(context: RemovalContext, retention: Retention, nowMs: number): Promise<Removed> {
  const { db, counts } = context
  const byAge = await removeBefore(context, firstSeqOf(nowMs - retention.recordsMs))
  const { minutes, hours } = transact(db, () =>
    counts.remove((nowMs - retention.minutesMs) / MINUTE_MS, (nowMs - retention.hoursMs) / MINUTE_MS),
  )
  const bySize = retention.maxBytes === undefined ? 0 : await shrink(context, retention.maxBytes)
  await giveBack(context)
  return { records: byAge + bySize, minutes, hours }
}

export async function purge(
  context: RemovalContext,
  { of, what }: Parameters<RecordStore['purge']>[0],
): Promise<number> {
  const { db, words } = context
  const [column, name] = 'key' in of ? (['key', of.key] as const) : (['tenant', of.tenant] as const)
  const word = words.find(name)
  if (word === undefined) return 0
  // What was said is to be gone from the disk as well, not only from the tables.
  db.exec('PRAGMA secure_delete = ON')
  try {
    const tables = what === 'content' ? (['contents'] as const) : TABLES
    const removed = await removeWhere(context, { column, word, tables })
    if (removed > 0) rewriteContents(db)
    await giveBack(context)
    // The log beside the file holds the pages as they were before, also when none became free.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return removed
  } finally {
    if (db.isOpen) db.exec('PRAGMA secure_delete = OFF')
  }
}

/**
 * Rows move within pages and between them while others come and go, and what was copied stays behind where no row is. Only pages
 * that are given up are overwritten as a whole, so all of them are given up once: in one turn, in which others write nothing.
 */
function rewriteContents(db: DatabaseSync): void {
  transact(db, () =>
    db.exec(`CREATE TABLE kept_contents AS SELECT * FROM contents;
      DELETE FROM contents;
      INSERT INTO contents SELECT * FROM kept_contents ORDER BY seq;
      DROP TABLE kept_contents`),
  )
}

async function removeBefore({ db, pause }: RemovalContext, before: number): Promise<number> {
  let removed = 0
  for (;;) {
    const last = lastOfSlice(db, before)
    if (last === undefined) return removed
    removed += removeTo(db, last)
    await pause()
  }
}

/** The last row of the oldest slice, of those before a number. */
function lastOfSlice(db: DatabaseSync, before: number): number | undefined {
  const sql = `SELECT max(seq) AS seq FROM (SELECT seq FROM records WHERE seq < ? ORDER BY seq LIMIT ${ROWS_PER_SLICE})`
  const seq = db.prepare(sql).get(before)?.['seq']
  return typeof seq === 'number' ? seq : undefined
}

function removeTo(db: DatabaseSync, last: number): number {
  return transact(db, () => {
    db.prepare('DELETE FROM id_blocks WHERE last_seq <= ?').run(last)
    const [records] = TABLES.map(
      (table) => db.prepare(`DELETE FROM ${table} WHERE seq <= ?`).run(last).changes,
    )
    return Number(records)
  })
}

interface Doomed {
  readonly column: 'key' | 'tenant'
  readonly word: number
  readonly tables: readonly (typeof TABLES)[number][]
}

/** Counts rows of the first of the tables. */
async function removeWhere({ db, pause }: RemovalContext, { column, word, tables }: Doomed): Promise<number> {
  const [first = 'records'] = tables
  const find = db.prepare(
    `SELECT seq FROM records WHERE seq > ? AND ${column} = ? ORDER BY seq LIMIT ${ROWS_PER_SLICE}`,
  )
  let removed = 0
  let after = -1
  for (;;) {
    const seqs = find.all(after, word).map(({ seq }) => Number(seq))
    if (seqs.length === 0) return removed
    after = seqs.at(-1) ?? after
    const list = JSON.stringify(seqs)
    removed += transact(db, () => {
      const changes = tables.map((table) => {
        const sql = `DELETE FROM ${table} WHERE seq IN (SELECT value FROM json_each(?))`
        return [table, Number(db.prepare(sql).run(list).changes)] as const
      })
      return new Map(changes).get(first) ?? 0
    })
    await pause()
  }
}

/** The oldest go until the rest fits. */
async function shrink({ db, pause }: RemovalContext, maxBytes: number): Promise<number> {
  let removed = 0
  while (usedBytes(db) > maxBytes) {
    const last = lastOfSlice(db, Number.MAX_SAFE_INTEGER)
    if (last === undefined) return removed
    removed += removeTo(db, last)
    await pause()
  }
  return removed
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}

/** What is left when all free pages are given back. */
function usedBytes(db: DatabaseSync): number {
  return (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size')
}

async function giveBack({ db, pause }: RemovalContext): Promise<void> {
  let free = pragma(db, 'freelist_count')
  const wasFree = free > 0
  while (free > 0) {
    db.exec(`PRAGMA incremental_vacuum(${PAGES_PER_SLICE})`)
    const left = pragma(db, 'freelist_count')
    // Nothing is given back where the file was made without it.
    if (left >= free) break
    free = left
    await pause()
  }
  // Until then the pages stand in the log beside the file.
  if (wasFree) db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

/** All or nothing. */
export function transact<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (thrown) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw thrown
  }
}
