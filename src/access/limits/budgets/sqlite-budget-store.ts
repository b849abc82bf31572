// Spent money in a SQLite file of its own. A power cut may cost the last second; a killed process costs nothing that was added.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { BudgetRow, BudgetStore } from './budget-store.ts'

/** The version stands in the name: an older gateway beside this one writes its own table. */
const TABLE = 'budgets_v1'
/** Another gateway over the same folder may be writing. */
const BUSY_TIMEOUT_MS = 200
/** Long enough to be looked at when somebody asks about last month. */
const KEPT_MS = 400 * 86_400_000

/** Throws what the system says when the file cannot be used. */
export function openSqliteBudgetStore(file: string): BudgetStore {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${TABLE} (
      id TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, micros INTEGER NOT NULL,
      PRIMARY KEY (id, start_ms)
    ) STRICT, WITHOUT ROWID`,
  )
  const select = database.prepare(
    `SELECT id, start_ms AS startMs, end_ms AS endMs, micros FROM ${TABLE} WHERE end_ms > ?`,
  )
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
    add(changes) {
      database.exec('BEGIN IMMEDIATE')
      try {
        for (const { id, startMs, endMs, micros } of changes) upsert.run(id, startMs, endMs, micros, micros)
        database.exec('COMMIT')
      } catch (thrown) {
        database.exec('ROLLBACK')
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
