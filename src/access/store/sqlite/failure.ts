// What SQLite and the file system report, as an error that an operator can act on.
import { KeyStoreError } from '../key-store.ts'

/** Primary result codes: sqlite.org/rescode.html. */
const SQLITE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADb: 26,
}
const PRIMARY_BITS = 0xff

export function toKeyStoreError(thrown: unknown, file: string): KeyStoreError {
  if (thrown instanceof KeyStoreError) return thrown
  const { errcode, code, message } = thrown as { errcode?: unknown; code?: unknown; message?: unknown }
  if (typeof errcode === 'number') return toDatabaseError(errcode & PRIMARY_BITS, { file, thrown })
  const detail = typeof message === 'string' ? message : String(thrown)
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return noAccess(file, thrown)
    case 'EROFS':
      return readOnly(file, thrown)
    default:
      return new KeyStoreError('other', `The key store ${file} cannot be used: ${detail}`, thrown)
  }
}

function toDatabaseError(code: number, { file, thrown }: { file: string; thrown: unknown }): KeyStoreError {
  const fail = (reason: KeyStoreError['reason'], what: string): KeyStoreError =>
    new KeyStoreError(reason, `The key store ${file} ${what}`, thrown)
  switch (code) {
    case SQLITE.busy:
    case SQLITE.locked:
      return fail('locked', 'is locked by another program: try again, or end what holds it.')
    case SQLITE.readOnly:
      return readOnly(file, thrown)
    case SQLITE.cannotOpen:
      return noAccess(file, thrown)
    case SQLITE.notADb:
      return fail(
        'foreign',
        'is not a SQLite database: move it away, or name another folder with --data-dir.',
      )
    case SQLITE.corrupt:
      return fail('damaged', 'is damaged: put a backup in its place.')
    case SQLITE.full:
      return fail('other', 'cannot grow: the disk is full.')
    case SQLITE.ioError:
      return fail('other', 'cannot be read or written: the disk reports an error.')
    default:
      return fail('other', `cannot be used: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

function noAccess(file: string, cause: unknown): KeyStoreError {
  const advice = 'it must belong to the user the gateway runs as, and so must the command that changes it.'
  return new KeyStoreError(
    'no_access',
    `The key store ${file} may not be opened by this user: ${advice}`,
    cause,
  )
}

function readOnly(file: string, cause: unknown): KeyStoreError {
  return new KeyStoreError(
    'read_only',
    `The key store ${file} cannot be changed: it is read-only here.`,
    cause,
  )
}
