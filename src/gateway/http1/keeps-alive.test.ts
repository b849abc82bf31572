import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepsAlive } from './keeps-alive.ts'

test('a connection is kept as RFC 9112 9.3 says, in either direction', () => {
  const cases: readonly (readonly [string | undefined, boolean, boolean])[] = [
    [undefined, true, false],
    ['Keep-Alive', true, true],
    ['x-other', true, false],
    ['x-other, CLOSE', false, false],
    ['x-other, keep-alive', true, true],
    ['keep-alive, close', false, false],
  ]
  for (const [connection, newer, older] of cases) {
    assert.deepEqual(
      [keepsAlive(connection, true), keepsAlive(connection, false)],
      [newer, older],
      connection,
    )
  }
})
