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

/** The keys that were made or ended after a revision. */
export function selectChangedKeys(db: DatabaseSync, since: number): readonly StoredKey[] {
  return db.prepare(`SELECT ${COLUMNS} FROM keys WHERE revision > ? ${OLDEST_FIRST}`).all(since).map(toKey)
}

export function toDraft(db: DatabaseSync, revision: number): KeyDraft {
  return {
    named: (name) =>
      db.prepare(`SELECT ${COLUMNS} FROM keys WHERE name = ? ${OLDEST_FIRST}`).all(name).map(toKey),
    openNames: () =>
      db
        .prepare('SELECT DISTINCT name FROM keys WHERE revoked_at_ms IS NULL')
        .all()
        .map(({ name }) => String(name)),
    insert(key) {
      db.prepare(`INSERT INTO keys (${COLUMNS}, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`).run(
        key.id,
        key.name,
        key.hash,
        key.hint,
        JSON.stringify(key.grant),
        key.createdAtMs,
        key.expiresAtMs ?? null,
        key.revokedAtMs ?? null,
        revision,
      )
    },
    end(id, { expiresAtMs, revokedAtMs }) {
      db.prepare(
        `UPDATE keys SET expires_at_ms = coalesce(?, expires_at_ms), revoked_at_ms = coalesce(?, revoked_at_ms),
          revision = ? WHERE id = ?`,
      ).run(expiresAtMs ?? null, revokedAtMs ?? null, revision, id)
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
