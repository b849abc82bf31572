// Keys in a SQLite file: for the commands that change them. A running gateway reads the same file through source.ts.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createPrivateFile } from '../../private-file.ts'
import type { KeyStore } from '../key-store.ts'
import { toKeyStoreError } from './failure.ts'
import { selectKeys, toDraft } from './rows.ts'
import { migrate, raiseRevision, readVersion } from './schema.ts'

const FILE_NAME = 'weir.db'
/** How long a command waits for another one: each holds the file for milliseconds. */
const LOCK_TIMEOUT_MS = 5_000

export function keyStoreFile(dataDir: string): string {
  return join(dataDir, FILE_NAME)
}

/** Makes folder and file where they are missing. Throws a KeyStoreError. */
export function openSqliteKeyStore(file: string): KeyStore {
  return guarded(file, () => {
    createPrivateFile(file)
    const db = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS })
    try {
      // Refused before anything is written into a file that is not ours.
      readVersion(db, file)
      // A revocation that was reported must not be lost with the power: FULL waits for the disk.
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
      inTransaction(db, () => migrate(db, file))
    } catch (thrown) {
      db.close()
      throw thrown
    }
    return toStore(db, file)
  })
}

/** The same to look only: makes nothing, changes nothing; undefined where there is no file. */
export function openSqliteKeyStoreToRead(
  file: string,
): Pick<KeyStore, 'place' | 'list' | 'close'> | undefined {
  return guarded(file, () => {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined
    const db = new DatabaseSync(file, { readOnly: true, timeout: LOCK_TIMEOUT_MS })
    return {
      place: file,
      list: () => guarded(file, () => (readVersion(db, file) === 0 ? [] : selectKeys(db))),
      close: () => db.close(),
    }
  })
}

function toStore(db: DatabaseSync, file: string): KeyStore {
  return {
    place: file,
    list: () => guarded(file, () => selectKeys(db)),
    change: (work) =>
      guarded(file, () =>
        inTransaction(db, () => {
          const revision = raiseRevision(db)
          return work(toDraft(db, revision))
        }),
      ),
    close: () => db.close(),
  }
}

/** IMMEDIATE: the right to write is taken before anything is read, so that what is read is still so when it is changed. */
function inTransaction<T>(db: DatabaseSync, work: () => T): T {
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

/** Lets a refusal of our own pass, and explains everything else. */
function guarded<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw isFailure(thrown) ? toKeyStoreError(thrown, file) : thrown
  }
}

function isFailure(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown
}
