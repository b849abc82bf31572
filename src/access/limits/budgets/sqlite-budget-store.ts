// Spent money in a SQLite file of its own. A power cut may cost the last second; a killed process costs nothing that was added.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createPrivateFile } from '../../private-file.ts'
import type { BudgetRow, BudgetStore, Patience } from './budget-store.ts'

/** A file of its own: it is written all the time, and that of the keys hardly ever. */
const FILE_NAME = 'budgets.db'
/** The version stands in the name: an older gateway beside this one writes its own table. */
const TABLE = 'budgets_v1'
const NO_WAIT: Patience = { waitMs: 0 }
/** Long enough to be looked at when somebody asks about last month. */
const KEPT_MS = 400 * 86_400_000

export function budgetFile(dataDir: string): string {
  return join(dataDir, FILE_NAME)
}

/** Throws what the system says when the file cannot be used, or not now. */
export function openSqliteBudgetStore(file: string, patience = NO_WAIT): BudgetStore {
  createPrivateFile(file)
  const database = new DatabaseSync(file, { timeout: patience.waitMs })
  try {
    return toStore(database, patience)
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/** How long somebody who only looks waits for a writer that keeps others out. */
const LOOK_PATIENCE_MS = 2_000

/**
 * What was spent in periods that are not over, for somebody beside the gateway: changes nothing, and makes nothing but what
 * SQLite puts beside a file that nobody else has open, which belongs to the owner of that file. Undefined where no gateway has
 * kept anything. Throws what the system says when the file cannot be read.
 */
export function readSqliteBudgets(file: string, nowMs: number): readonly BudgetRow[] | undefined {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined
  const database = new DatabaseSync(file, { readOnly: true, timeout: LOOK_PATIENCE_MS })
  try {
    const isKept = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(TABLE) !== undefined
    return isKept ? database.prepare(SELECT).all(nowMs).map(toRow) : undefined
  } finally {
    database.close()
  }
}

const SELECT = `SELECT id, start_ms AS startMs, end_ms AS endMs, micros FROM ${TABLE} WHERE end_ms > ?`

function toStore(database: DatabaseSync, opened: Patience): BudgetStore {
  let { waitMs } = opened
  const wait = (patience: Patience): void => {
    if (waitMs === patience.waitMs) return
    waitMs = patience.waitMs
    database.exec(`PRAGMA busy_timeout = ${waitMs}`)
  }
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${TABLE} (
      id TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, micros INTEGER NOT NULL,
      PRIMARY KEY (id, start_ms)
    ) STRICT, WITHOUT ROWID`,
  )
  const select = database.prepare(SELECT)
  const forget = database.prepare(`DELETE FROM ${TABLE} WHERE end_ms < ?`)
  const upsert = database.prepare(
    `INSERT INTO ${TABLE} (id, start_ms, end_ms, micros) VALUES (?, ?, ?, max(0, ?))
     ON CONFLICT (id, start_ms) DO UPDATE SET micros = max(0, micros + ?5), end_ms = excluded.end_ms`,
  )
  return {
    load(nowMs) {
      forget.run(nowMs - KEPT_MS)
      return select.all(nowMs).map(toRow)
    },
    add(changes, patience = NO_WAIT) {
      wait(patience)
      database.exec('BEGIN IMMEDIATE')
      try {
        for (const { id, startMs, endMs, micros } of changes) upsert.run(id, startMs, endMs, micros, micros)
        database.exec('COMMIT')
      } catch (thrown) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw thrown
      }
    },
    close: () => database.close(),
  }
}

function toRow(row: Readonly<Record<string, unknown>>): BudgetRow {
  const { id, startMs, endMs, micros } = row
  return { id: String(id), startMs: Number(startMs), endMs: Number(endMs), micros: Number(micros) }
}
