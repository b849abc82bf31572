// What SQLite and the file system report, as an error that an operator can act on.
import { RecordStoreError, type StoreFailure } from '../store.ts'

/** Primary result codes (sqlite.org/rescode.html): the reason, and what to do. */
const TOLD: Readonly<Record<number, readonly [StoreFailure, string]>> = {
  5: ['locked', 'are locked by another program: end what holds them.'],
  6: ['locked', 'are locked by another program: end what holds them.'],
  8: ['no_access', 'cannot be changed: the file is read-only here.'],
  10: ['unreachable', 'cannot be read or written: the disk reports an error.'],
  11: ['damaged', 'are damaged: move the file away, and a new one is begun at once.'],
  13: ['full', 'cannot grow: the disk is full.'],
  14: ['no_access', 'cannot be opened: the folder must be there and belong to the user the gateway runs as.'],
  26: ['damaged', 'are not a SQLite database: move the file away, and a new one is begun at once.'],
}
const PRIMARY_BITS = 0xff

const TOLD_OF_FILES: Readonly<Record<string, readonly [StoreFailure, string]>> = {
  EACCES: ['no_access', 'may not be opened by this user: they must belong to the user the gateway runs as.'],
  EPERM: ['no_access', 'may not be opened by this user: they must belong to the user the gateway runs as.'],
  EROFS: ['no_access', 'cannot be changed: the file system is read-only here.'],
  ENOSPC: ['full', 'cannot grow: the disk is full.'],
  EDQUOT: ['full', 'cannot grow: the quota of the disk is used up.'],
  EEXIST: ['no_access', 'cannot be opened: what should be their folder is a file.'],
  ENOTDIR: ['no_access', 'cannot be opened: what should be their folder is a file.'],
}

export function toStoreError(thrown: unknown, file: string): RecordStoreError {
  if (thrown instanceof RecordStoreError) return thrown
  const { errcode, code, message } = thrown as { errcode?: unknown; code?: unknown; message?: unknown }
  const told =
    typeof errcode === 'number'
      ? TOLD[errcode & PRIMARY_BITS]
      : typeof code === 'string'
        ? TOLD_OF_FILES[code]
        : undefined
  const [reason, what] = told ?? [
    'other',
    `cannot be used: ${typeof message === 'string' ? message : String(thrown)}`,
  ]
  return new RecordStoreError(reason, `The records in ${file} ${what}`, thrown)
}
