// Keys as rows and back. Every value goes in as a bound parameter, never as text of a statement.
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { KeyDraft, KeyGrant, StoredKey } from '../key-store.ts'

const COLUMNS = 'id, name, hash, hint, grant_json, created_at_ms, expires_at_ms, revoked_at_ms'
/** Two keys of the same millisecond stay in the order they were made in. */
const OLDEST_FIRST = 'ORDER BY created_at_ms, rowid'

type Row = Readonly<Record<string, SQLOutputValue>>

export function selectKeys(db: DatabaseSync): readonly StoredKey[] {
  return db.prepare(`SELECT ${COLUMNS} FROM keys ${OLDEST_FIRST}`).all().map(toKey)
}

export function selectOpenKeys(db: DatabaseSync): readonly StoredKey[] {
  const sql = `SELECT ${COLUMNS} FROM keys WHERE revoked_at_ms IS NULL ${OLDEST_FIRST}`
  return db.prepare(sql).all().map(toKey)
}

export function selectRevokedHashes(db: DatabaseSync): readonly string[] {
  const rows = db.prepare('SELECT hash FROM keys WHERE revoked_at_ms IS NOT NULL').all()
  return rows.map(({ hash }) => String(hash))
}

export function toDraft(db: DatabaseSync): KeyDraft {
  return {
    named: (name) =>
      db.prepare(`SELECT ${COLUMNS} FROM keys WHERE name = ? ${OLDEST_FIRST}`).all(name).map(toKey),
    openNames: () =>
      db
        .prepare('SELECT DISTINCT name FROM keys WHERE revoked_at_ms IS NULL')
        .all()
        .map(({ name }) => String(name)),
    insert(key) {
      db.prepare(`INSERT INTO keys (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`).run(
        key.id,
        key.name,
        key.hash,
        key.hint,
        JSON.stringify(key.grant),
        key.createdAtMs,
        key.expiresAtMs ?? null,
        key.revokedAtMs ?? null,
      )
    },
    end(id, end) {
      if (end.expiresAtMs !== undefined)
        db.prepare('UPDATE keys SET expires_at_ms = ? WHERE id = ?').run(end.expiresAtMs, id)
      if (end.revokedAtMs !== undefined)
        db.prepare('UPDATE keys SET revoked_at_ms = ? WHERE id = ?').run(end.revokedAtMs, id)
    },
  }
}

function toKey(row: Row): StoredKey {
  return {
    id: String(row['id']),
    name: String(row['name']),
    hash: String(row['hash']),
    hint: String(row['hint']),
    grant: JSON.parse(String(row['grant_json'])) as KeyGrant,
    createdAtMs: Number(row['created_at_ms']),
    expiresAtMs: toMoment(row['expires_at_ms']),
    revokedAtMs: toMoment(row['revoked_at_ms']),
  }
}

function toMoment(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}
