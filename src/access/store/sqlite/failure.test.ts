import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyStoreError, type KeyStoreFailure } from '../key-store.ts'
import { toKeyStoreError } from './failure.ts'

const FILE = '/srv/weir/weir.db'

test('what SQLite and the file system report is told with the file and what to do', () => {
  const cases: readonly (readonly [object, KeyStoreFailure, RegExp])[] = [
    [{ errcode: 5 }, 'locked', /locked by another program: try again/],
    // SQLITE_BUSY_RECOVERY, an extended code.
    [{ errcode: 5 | (1 << 8) }, 'locked', /locked by another program/],
    [{ errcode: 6 }, 'locked', /locked by another program/],
    [{ errcode: 8 }, 'read_only', /cannot be changed: it is read-only here/],
    [{ errcode: 14 }, 'no_access', /must belong to the user the gateway runs as/],
    [{ errcode: 11 }, 'damaged', /is damaged: put a backup in its place/],
    [{ errcode: 26 }, 'foreign', /is not a SQLite database/],
    [{ errcode: 13 }, 'other', /the disk is full/],
    [{ errcode: 10 }, 'other', /the disk reports an error/],
    [{ errcode: 1, message: 'no such table: keys' }, 'other', /cannot be used: .*no such table: keys/],
    [{ code: 'EACCES' }, 'no_access', /may not be opened by this user/],
    [{ code: 'EROFS' }, 'read_only', /read-only here/],
    [{ code: 'ENOSPC', message: 'no space left on device' }, 'other', /no space left on device/],
  ]
  for (const [fields, reason, message] of cases) {
    const thrown = Object.assign(new Error('as reported'), fields)
    const error = toKeyStoreError(thrown, FILE)
    assert.deepEqual([error.reason, error.cause], [reason, thrown], JSON.stringify(fields))
    assert.match(error.message, message)
    assert.ok(error.message.startsWith(`The key store ${FILE} `))
  }
})

test('what was explained already stays as it is', () => {
  const error = new KeyStoreError('newer', 'as it is')
  assert.equal(toKeyStoreError(error, FILE), error)
})
