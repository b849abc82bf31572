import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { systemIds } from '../../core/ids.ts'
import { createKeyring } from '../keys.ts'
import { issueKey, revokeKeys } from './key-desk.ts'
import { KeyStoreError, type KeyGrant, type KeySource } from './key-store.ts'
import { createMemoryKeys } from './memory/store.ts'
import { watchStoredKeys } from './watch.ts'

const TICK_MS = 1_000

/** A watched store, with everything the watch said. */
function start(wrap: (source: KeySource) => KeySource = (source) => source) {
  const clock = createManualClock()
  const memory = createMemoryKeys()
  const store = memory.openStore()
  const said: string[] = []
  const begin = () =>
    watchStoredKeys({
      source: wrap(memory.openSource()),
      clock,
      events: {
        onChange: (names) => void said.push(`keys: ${names.join()}`),
        onProblem: ({ reason }) => void said.push(`problem: ${reason}`),
        onRecovered: () => void said.push('recovered'),
        onUnreadableKey: (name) => void said.push(`unreadable: ${name}`),
      },
    })
  const context = { ids: systemIds, nowMs: clock.wall(), fileNames: [] }
  const make = (name: string, grant: KeyGrant = {}) =>
    issueKey(store, { name, grant, expiresAtMs: undefined }, context).secret
  const revoke = (name: string) => revokeKeys(store, { name, onlyOld: false }, context)
  return { clock, said, begin, make, revoke }
}

test('the keys that are there are known before the first request, and changes within a second', () => {
  const { clock, begin, make, revoke } = start()
  const first = make('a')
  const watch = begin()
  const keyring = createKeyring({ auth: 'keys', keys: [] }, watch.keys)
  assert.equal(keyring.find(first)?.name, 'a')
  const second = make('b', { tenant: 'north', models: ['m'], priority: 'low', content: 'none' })
  assert.equal(keyring.find(second), undefined)
  clock.advance(TICK_MS)
  const principal = keyring.find(second)
  assert.deepEqual(
    [principal?.tenant, principal?.mayUse('x'), principal?.priority, principal?.content],
    ['north', false, 'low', 'none'],
  )
  revoke('a')
  clock.advance(TICK_MS)
  assert.deepEqual(
    [keyring.find(first), keyring.wasRevoked(first), keyring.wasRevoked(second)],
    [undefined, true, false],
  )
  assert.deepEqual(watch.names, ['b'])
})

test('what was closed stays closed when its last key is revoked', () => {
  const { clock, begin, make, revoke } = start()
  const watch = begin()
  const keyring = createKeyring({ auth: 'keys', keys: [] }, watch.keys)
  assert.equal(keyring.isEmpty, true)
  make('a')
  revoke('a')
  clock.advance(TICK_MS)
  assert.equal(keyring.isEmpty, false)
})

test('a store that fails takes no key away, and is complained of once until it is well again', () => {
  let isBroken = false
  const { clock, said, begin, make } = start((source) => ({
    ...source,
    read() {
      if (isBroken) throw new KeyStoreError('damaged', 'the file is damaged')
      return source.read()
    },
  }))
  const key = make('a')
  const watch = begin()
  isBroken = true
  clock.advance(10 * TICK_MS)
  assert.equal(watch.keys.entries.size, 1)
  assert.deepEqual(said, ['keys: a', 'problem: damaged'])
  isBroken = false
  make('b')
  clock.advance(TICK_MS)
  assert.deepEqual(said, ['keys: a', 'problem: damaged', 'recovered', 'keys: a,b'])
  assert.equal(createKeyring({ auth: 'keys', keys: [] }, watch.keys).find(key)?.name, 'a')
})

test('one failure, as when a command holds the file, is no news', () => {
  let failures = 1
  const { clock, said, begin, make } = start((source) => ({
    ...source,
    read() {
      if ((failures -= 1) >= 0) throw new KeyStoreError('locked', 'locked')
      return source.read()
    },
  }))
  make('a')
  const watch = begin()
  assert.equal(watch.keys.isEmpty, false, 'until it is read nobody is let in without a key')
  clock.advance(TICK_MS)
  assert.deepEqual(said, ['keys: a'])
})

test('a key of a kind that this version does not know opens nothing and is named', () => {
  const { clock, said, begin, make } = start()
  const strange = make('strange', { fortune: 'good' } as KeyGrant)
  const watch = begin()
  assert.deepEqual(said, ['unreadable: strange', 'keys: strange'])
  const keyring = createKeyring({ auth: 'keys', keys: [] }, watch.keys)
  assert.deepEqual([keyring.find(strange), keyring.isEmpty], [undefined, false])
  make('a')
  clock.advance(TICK_MS)
  assert.deepEqual(said.slice(2), ['keys: strange,a'], 'named once')
})

test('nothing is looked at any more once the watch is closed', () => {
  let closed = 0
  const { clock, said, begin, make } = start((source) => ({ ...source, close: () => void (closed += 1) }))
  const watch = begin()
  watch.close()
  make('a')
  clock.advance(10 * TICK_MS)
  assert.deepEqual([said, closed], [['keys: '], 1])
})

test('a mistake of our own is not taken for a broken store', () => {
  const { begin } = start((source) => ({
    ...source,
    read() {
      throw new TypeError('ours')
    },
  }))
  assert.throws(begin, /ours/)
})
