// One gateway at a time: a lock of the operating system on a small file beside the records. It dies with the process that
// holds it, however that ends; what it locks is left alone for whoever only reads.
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createPrivateFile } from '../../access/private-file.ts'
import { RecordStoreError } from '../store.ts'
import { toStoreError } from './failure.ts'

export interface Lock {
  release(): void
}

export function takeLock(records: string, waitMs: number): Lock {
  const file = `${records}.lock`
  try {
    createPrivateFile(file)
    const db = new DatabaseSync(file, { timeout: waitMs })
    try {
      // Nothing is ever written: an exclusive transaction that does not end is the lock.
      db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    } catch (thrown) {
      db.close()
      throw thrown
    }
    return { release: () => db.close() }
  } catch (thrown) {
    const error = toStoreError(thrown, records)
    throw error.reason === 'locked' ? toTaken(records, thrown) : error
  }
}

function toTaken(file: string, cause: unknown): RecordStoreError {
  const message =
    `Another gateway keeps its records in ${dirname(file)}. End it, or name another folder with \`data\`; ` +
    'gateways that shall share records need `records: { store: postgres://… }`.'
  return new RecordStoreError('taken', message, cause)
}
