// The key file as a running gateway reads it: a look at one number a second, and the keys only when that has changed.
import { statSync, type Stats } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { KeyStoreError, type KeySnapshot, type KeySource, type StoredKey } from '../key-store.ts'
import { toKeyStoreError } from './failure.ts'
import { selectChangedKeys } from './rows.ts'
import { readRevision, readVersion } from './schema.ts'

interface Opened {
  readonly db: DatabaseSync
  /** Which file it is: another one may be put in its place. */
  readonly stats: Stats
  /** Changes whenever another connection has written (sqlite.org/pragma.html#pragma_data_version). */
  readonly dataVersion: StatementSync
  /** By id, the oldest first. A key that did not change stays the same object. */
  readonly keys: Map<string, StoredKey>
  seenData: unknown
  seenRevision: number | undefined
}

/** Waiting for a lock would hold up every request of the process: what is locked now is read in a second. */
const NO_WAIT = { readOnly: true, timeout: 0 } as const

/** Nothing is opened, and nothing is complained of, before there is a file. */
export function createSqliteKeySource(file: string): KeySource {
  let opened: Opened | undefined
  const close = (): void => {
    opened?.db.close()
    opened = undefined
  }
  return {
    close,
    read() {
      try {
        const stats = statSync(file, { throwIfNoEntry: false })
        if (stats === undefined) return noteMissing(file, opened !== undefined)
        if (opened !== undefined && !isSame(opened.stats, stats)) close()
        opened ??= open(file, stats)
        return readChanged(opened, file)
      } catch (thrown) {
        // A connection that failed once may go on failing, or answer from a file that is no longer there.
        if (!(thrown instanceof KeyStoreError && thrown.reason === 'missing')) close()
        throw toKeyStoreError(thrown, file)
      }
    },
  }
}

function noteMissing(file: string, wasThere: boolean): undefined {
  if (!wasThere) return undefined
  const advice = 'the keys that were known stay good until the gateway ends.'
  throw new KeyStoreError('missing', `The key store ${file} is gone: ${advice}`)
}

function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev
}

function open(file: string, stats: Stats): Opened {
  const db = new DatabaseSync(file, NO_WAIT)
  try {
    const dataVersion = db.prepare('PRAGMA data_version')
    return { db, stats, dataVersion, keys: new Map(), seenData: undefined, seenRevision: undefined }
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

function readChanged(opened: Opened, file: string): KeySnapshot | undefined {
  const { db } = opened
  const data = opened.dataVersion.get()?.['data_version']
  if (data === opened.seenData) return undefined
  const isNew = readVersion(db, file) === 0
  const revision = isNew ? 0 : readRevision(db)
  if (revision === opened.seenRevision) {
    opened.seenData = data
    return undefined
  }
  // What is written between these two reads is read again next time, which does no harm.
  const changed = isNew ? [] : selectChangedKeys(db, opened.seenRevision ?? 0)
  for (const key of changed) opened.keys.set(key.id, key)
  // Noted last: what could not be read is read again.
  opened.seenData = data
  opened.seenRevision = revision
  return toSnapshot([...opened.keys.values()])
}

function toSnapshot(all: readonly StoredKey[]): KeySnapshot {
  const keys = all.filter(({ revokedAtMs }) => revokedAtMs === undefined)
  const revoked = all.filter(({ revokedAtMs }) => revokedAtMs !== undefined).map(({ hash }) => hash)
  return { keys, revoked, isEmpty: all.length === 0 }
}
