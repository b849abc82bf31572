// One suite for every place keys can be kept in: what a command changes there, a gateway reads there.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { hashKey } from '../../src/access/create-key.ts'
import {
  issueKey,
  KeyRefusal,
  listKeys,
  revokeKeys,
  rotateKey,
  type DeskContext,
} from '../../src/access/store/key-desk.ts'
import type { KeyGrant, KeySource, KeyStore } from '../../src/access/store/key-store.ts'
import { createMemoryKeys } from '../../src/access/store/memory/store.ts'
import { createSqliteKeySource } from '../../src/access/store/sqlite/source.ts'
import { keyStoreFile, openSqliteKeyStore } from '../../src/access/store/sqlite/store.ts'
import { systemIds } from '../../src/core/ids.ts'

interface Place {
  openStore(): KeyStore
  openSource(): KeySource
}

const folder = mkdtempSync(join(tmpdir(), 'weir-keys-'))
after(() => rmSync(folder, { recursive: true }))

const PLACES: Readonly<Record<string, () => Place>> = {
  memory: createMemoryKeys,
  sqlite: () => {
    const file = keyStoreFile(mkdtempSync(join(folder, 'store-')))
    return { openStore: () => openSqliteKeyStore(file), openSource: () => createSqliteKeySource(file) }
  },
}

const NOW_MS = Date.UTC(2026, 0, 1)
const HOUR_MS = 3_600_000

for (const [kind, createPlace] of Object.entries(PLACES)) {
  describe(kind, () => {
    const ids = systemIds
    const at = (nowMs: number, fileNames: readonly string[] = []): DeskContext => ({ ids, nowMs, fileNames })
    const open = () => {
      const place = createPlace()
      const store = place.openStore()
      const source = place.openSource()
      const make = (name: string, nowMs = NOW_MS, expiresAtMs?: number) =>
        issueKey(store, { name, grant: {}, expiresAtMs }, at(nowMs))
      const statesOf = (nowMs: number) =>
        listKeys({ filed: [], stored: store.list() }, nowMs).map(({ name, state }) => `${name} ${state}`)
      return { place, store, source, make, statesOf }
    }

    test('a key that is made is kept with everything but itself', () => {
      const { store } = open()
      const grant: KeyGrant = { tenant: 'north', models: ['qwen3*'], paths: ['/v1/*'], priority: 'high' }
      const expiresAtMs = NOW_MS + HOUR_MS
      const { secret, key } = issueKey(store, { name: 'team-a', grant, expiresAtMs }, at(NOW_MS))
      assert.match(secret, /^wk_[0-9a-z]{8}_\S{20,}$/)
      assert.equal(key.hash, hashKey(secret))
      assert.equal(key.hint, `wk_${key.id}_…${secret.slice(-4)}`)
      assert.deepEqual(store.list(), [key])
      assert.deepEqual(
        [key.name, key.grant, key.createdAtMs, key.expiresAtMs, key.revokedAtMs],
        ['team-a', grant, NOW_MS, expiresAtMs, undefined],
      )
      assert.ok(!JSON.stringify(store.list()).includes(secret))
      store.close()
    })

    test('a name is taken while its key is good, and free once that was revoked or has expired', () => {
      const { store, make, statesOf } = open()
      make('a')
      assert.throws(() => make('a'), refusal('name_taken', /rotate a/))
      revokeKeys(store, { name: 'a', onlyOld: false }, at(NOW_MS))
      make('a', NOW_MS + 1, NOW_MS + HOUR_MS)
      assert.throws(() => make('a', NOW_MS + HOUR_MS - 1), refusal('name_taken', /already/))
      make('a', NOW_MS + HOUR_MS)
      assert.deepEqual(statesOf(NOW_MS + HOUR_MS), ['a revoked', 'a expired', 'a active'])
      assert.throws(
        () => issueKey(store, { name: 'b', grant: {}, expiresAtMs: undefined }, at(NOW_MS, ['b'])),
        refusal('name_taken', /configuration file/),
      )
      store.close()
    })

    test('a revoked key is gone for the gateway and stays in the books', () => {
      const { store, source, make, statesOf } = open()
      make('a')
      make('b')
      const [closed] = revokeKeys(store, { name: 'a', onlyOld: false }, at(NOW_MS + 5))
      assert.equal(closed?.name, 'a')
      assert.deepEqual(
        source.read()?.keys.map(({ name }) => name),
        ['b'],
      )
      assert.deepEqual(statesOf(NOW_MS), ['a revoked', 'b active'])
      assert.equal(store.list()[0]?.revokedAtMs, NOW_MS + 5)
      store.close()
      source.close()
    })

    test('a name that is unknown is refused with those that are known', () => {
      const { store, make } = open()
      make('team-a')
      make('gone')
      revokeKeys(store, { name: 'gone', onlyOld: false }, at(NOW_MS))
      for (const name of ['team-b', 'gone']) {
        for (const change of [
          () => revokeKeys(store, { name, onlyOld: false }, at(NOW_MS)),
          () => rotateKey(store, { name, overlapMs: 0, expiresAtMs: undefined }, at(NOW_MS)),
        ]) {
          assert.throws(change, (thrown) => thrown instanceof KeyRefusal && thrown.names.join() === 'team-a')
        }
      }
      assert.throws(
        () => revokeKeys(store, { name: 'filed', onlyOld: false }, at(NOW_MS, ['filed'])),
        refusal('unknown_name', /configuration file/),
      )
      store.close()
    })

    test('a rotated key stays good for the overlap, and what it may do goes over to the new one', () => {
      const { store, source, statesOf } = open()
      const grant = { models: ['m*'], tenant: 'north' }
      const first = issueKey(store, { name: 'a', grant, expiresAtMs: undefined }, at(NOW_MS))
      const rotated = rotateKey(
        store,
        { name: 'a', overlapMs: HOUR_MS, expiresAtMs: undefined },
        at(NOW_MS + 1),
      )
      assert.notEqual(rotated.secret, first.secret)
      assert.deepEqual([rotated.key.grant, rotated.key.expiresAtMs], [grant, undefined])
      assert.equal(rotated.oldUntilMs, NOW_MS + 1 + HOUR_MS)
      assert.deepEqual(
        source.read()?.keys.map(({ expiresAtMs }) => expiresAtMs),
        [NOW_MS + 1 + HOUR_MS, undefined],
      )
      assert.deepEqual(statesOf(NOW_MS + HOUR_MS), ['a active', 'a active'])
      assert.deepEqual(statesOf(NOW_MS + HOUR_MS + 1), ['a expired', 'a active'])
      store.close()
      source.close()
    })

    test('without an overlap the old key is revoked, and an overlap never lengthens a life', () => {
      const { store, make, statesOf } = open()
      make('a')
      rotateKey(store, { name: 'a', overlapMs: 0, expiresAtMs: undefined }, at(NOW_MS + 1))
      assert.deepEqual(statesOf(NOW_MS + 1), ['a revoked', 'a active'])
      make('b', NOW_MS, NOW_MS + HOUR_MS)
      const rotated = rotateKey(
        store,
        { name: 'b', overlapMs: 9 * HOUR_MS, expiresAtMs: undefined },
        at(NOW_MS + 10),
      )
      assert.equal(rotated.oldUntilMs, NOW_MS + HOUR_MS)
      assert.equal(rotated.key.expiresAtMs, NOW_MS + 10 + HOUR_MS, 'as long as the first was made for')
      const again = rotateKey(store, { name: 'b', overlapMs: 0, expiresAtMs: NOW_MS + 99 }, at(NOW_MS + 20))
      assert.equal(again.key.expiresAtMs, NOW_MS + 99)
      store.close()
    })

    test('what a rotation left behind can be revoked alone', () => {
      const { store, make, statesOf } = open()
      make('a')
      assert.throws(
        () => revokeKeys(store, { name: 'a', onlyOld: true }, at(NOW_MS)),
        refusal('unknown_name', /was not rotated/),
      )
      rotateKey(store, { name: 'a', overlapMs: HOUR_MS, expiresAtMs: undefined }, at(NOW_MS))
      revokeKeys(store, { name: 'a', onlyOld: true }, at(NOW_MS))
      assert.deepEqual(statesOf(NOW_MS), ['a revoked', 'a active'])
      store.close()
    })

    test('a change that fails changes nothing', () => {
      const { store, source, make } = open()
      make('a')
      source.read()
      assert.throws(
        () =>
          store.change((draft) => {
            draft.end(store.list()[0]?.id ?? '', { revokedAtMs: NOW_MS })
            throw new KeyRefusal('unknown_name', 'no')
          }),
        KeyRefusal,
      )
      assert.equal(store.list()[0]?.revokedAtMs, undefined)
      assert.equal(source.read()?.keys.length ?? 1, 1)
      store.close()
      source.close()
    })

    test('a gateway sees each change once, whoever made it, and that there ever was a key', () => {
      const { place, store, source, make } = open()
      assert.notEqual(source.read()?.isEmpty, false)
      assert.equal(source.read(), undefined)
      make('a')
      const seen = source.read()
      assert.deepEqual([seen?.keys.length, seen?.isEmpty], [1, false])
      assert.equal(source.read(), undefined)
      const another = place.openStore()
      revokeKeys(another, { name: 'a', onlyOld: false }, at(NOW_MS))
      another.close()
      const [revoked] = store.list()
      assert.deepEqual(source.read(), { keys: [], revoked: [revoked?.hash], isEmpty: false })
      assert.equal(source.read(), undefined)
      store.close()
      source.close()
    })

    test('hostile names and grants are values like any other', () => {
      const { store, source } = open()
      const name = `'); DROP TABLE keys; --`
      const grant = { tenant: `"\u0000%_'`, models: [`' OR 1=1 --`] }
      issueKey(store, { name, grant, expiresAtMs: undefined }, at(NOW_MS))
      assert.deepEqual(source.read()?.keys[0]?.grant, grant)
      assert.equal(revokeKeys(store, { name, onlyOld: false }, at(NOW_MS)).length, 1)
      store.close()
      source.close()
    })
  })
}

function refusal(reason: KeyRefusal['reason'], message: RegExp) {
  return (thrown: unknown): boolean =>
    thrown instanceof KeyRefusal && thrown.reason === reason && message.test(thrown.message)
}
