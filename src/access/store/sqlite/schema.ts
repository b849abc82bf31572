// The tables of the key store and how one version of them becomes the next. A step that was released is never changed.
import type { DatabaseSync } from 'node:sqlite'
import { KeyStoreError } from '../key-store.ts'

/** `WEIR` in the file's header: tells our file from another program's (sqlite.org/fileformat2.html, offset 68). */
const APPLICATION_ID = 0x57454952

/** The file may come to hold other subjects: each has a version, and a revision that every change of it raises. */
const SUBJECT = 'keys'

const STEPS: readonly string[] = [
  `CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE CHECK (hash GLOB 'sha256:*' AND length(hash) = 71),
    hint TEXT NOT NULL,
    grant_json TEXT NOT NULL CHECK (json_valid(grant_json)),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX keys_by_name ON keys (name);
  CREATE INDEX keys_by_revision ON keys (revision);`,
]

/** Brings the tables up to this version, inside a transaction of the caller's. Writes nothing where they are. */
export function migrate(db: DatabaseSync, file: string): void {
  const version = readVersion(db, file)
  if (version === STEPS.length) return
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
  db.exec(
    'CREATE TABLE IF NOT EXISTS subjects (subject TEXT PRIMARY KEY, version INTEGER NOT NULL, revision INTEGER NOT NULL) STRICT',
  )
  for (const step of STEPS.slice(version)) db.exec(step)
  db.prepare(
    'INSERT INTO subjects VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET version = excluded.version, revision = revision + 1',
  ).run(SUBJECT, STEPS.length)
}

/** 0 for a file without our tables. Refuses a file that is another program's, or a later Weir's. */
export function readVersion(db: DatabaseSync, file: string): number {
  const id = db.prepare('PRAGMA application_id').get()?.['application_id']
  if (id !== APPLICATION_ID) {
    const hasTables = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined
    if (!hasTables) return 0
    const message = `The file ${file} is a database of another program: name another folder with --data-dir.`
    throw new KeyStoreError('foreign', message)
  }
  const isThere = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'subjects'`).get() !== undefined
  const row = isThere ? db.prepare('SELECT version FROM subjects WHERE subject = ?').get(SUBJECT) : undefined
  const version = Number(row?.['version'] ?? 0)
  if (version <= STEPS.length) return version
  const message = `The key store ${file} was written by a newer version of Weir (its tables are version ${version}, this one knows ${STEPS.length}): update this one.`
  throw new KeyStoreError('newer', message)
}

export function readRevision(db: DatabaseSync): number {
  return Number(db.prepare('SELECT revision FROM subjects WHERE subject = ?').get(SUBJECT)?.['revision'] ?? 0)
}

/** Returns the revision that the change in progress will be known by. */
export function raiseRevision(db: DatabaseSync): number {
  db.prepare('UPDATE subjects SET revision = revision + 1 WHERE subject = ?').run(SUBJECT)
  return readRevision(db)
}

export const SCHEMA_VERSION = STEPS.length
