import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCountingIds, systemIds } from '../core/ids.ts'
import { createKey, hashKey } from './create-key.ts'
import { createKeyring, toKeyEntries } from './keys.ts'

const KEY = 'wk_public00_a-secret-of-team-a'

const keyring = createKeyring({
  auth: 'keys',
  keys: [
    { name: 'team-a', hash: hashKey(KEY), tenant: 'north', models: ['qwen3*', 'bge-m3'] },
    { name: 'team-b', hash: hashKey('another'), tenant: undefined, models: undefined },
  ],
})

test('a key is found by its hash, and brings its name, tenant and models', () => {
  const principal = keyring.find(KEY)
  assert.deepEqual([principal?.name, principal?.tenant], ['team-a', 'north'])
  assert.equal(principal?.mayUse('qwen3:32b'), true)
  assert.equal(principal?.mayUse('bge-m3'), true)
  assert.equal(principal?.mayUse('bge-m3-large'), false)
  assert.equal(principal?.mayUse('llama3'), false)
})

test('a key without a list of models may use them all', () => {
  assert.equal(keyring.find('another')?.mayUse('anything'), true)
})

test('nothing but the whole key opens the door', () => {
  const wrong = [
    '',
    KEY.slice(0, -1),
    `${KEY}x`,
    ` ${KEY}`,
    KEY.toUpperCase(),
    hashKey(KEY),
    hashKey(KEY).slice('sha256:'.length),
    '__proto__',
    'constructor',
    'x'.repeat(1_000_000),
  ]
  for (const presented of wrong) assert.equal(keyring.find(presented), undefined, presented.slice(0, 40))
})

test('a list of no models allows none', () => {
  const closed = createKeyring({ auth: 'keys', keys: [{ name: 'a', hash: hashKey('k'), models: [] }] })
  assert.equal(closed.find('k')?.mayUse('qwen3'), false)
})

test('a principal cannot be changed by who holds it', () => {
  const principal = keyring.find(KEY)
  assert.ok(principal !== undefined && Object.isFrozen(principal))
})

test('a keyring knows whether it holds keys and shows none of them', () => {
  assert.equal(keyring.isEmpty, false)
  assert.equal(createKeyring({ auth: 'keys', keys: [] }).isEmpty, true)
  assert.ok(!JSON.stringify(keyring).includes('sha256'))
})

test('stored keys open the door beside those of the file, and are swapped while it stands open', () => {
  const stored = { entries: toKeyEntries([]), revoked: new Set<string>(), isEmpty: true }
  const ring = createKeyring({ auth: 'keys', keys: [] }, stored)
  assert.deepEqual([ring.isEmpty, ring.find('k')], [true, undefined])
  stored.entries = toKeyEntries([{ name: 'kept', hash: hashKey('k') }])
  stored.isEmpty = false
  assert.deepEqual([ring.isEmpty, ring.find('k')?.name], [false, 'kept'])
  stored.entries = toKeyEntries([])
  assert.deepEqual([ring.isEmpty, ring.find('k')], [false, undefined], 'what was closed stays closed')
})

test('a name of the file is the file\u2019s: a stored key of that name opens nothing', () => {
  const stored = {
    revoked: new Set<string>(),
    entries: toKeyEntries([
      { name: 'team-a', hash: hashKey('stored') },
      { name: 'team-z', hash: hashKey('other') },
    ]),
    isEmpty: false,
  }
  const ring = createKeyring({ auth: 'keys', keys: [{ name: 'team-a', hash: hashKey('filed') }] }, stored)
  assert.equal(ring.find('filed')?.name, 'team-a')
  assert.equal(ring.find('stored'), undefined)
  assert.equal(ring.find('other')?.name, 'team-z')
})

test('a new key opens the door that its hash was put into', () => {
  const made = createKey(systemIds)
  const ring = createKeyring({ auth: 'keys', keys: [{ name: 'new', hash: made.hash }] })
  assert.equal(ring.find(made.key)?.name, 'new')
})

test('a new key shows its public id and hides at least 160 bits', () => {
  const made = createKey(systemIds)
  assert.match(made.key, /^wk_[0-9a-hjkmnp-tv-z]{8}_[A-Za-z0-9_-]{27}$/)
  assert.equal(made.key.slice(3, 11), made.publicId)
  assert.match(made.hash, /^sha256:[0-9a-f]{64}$/)
})

test('the same ids make the same key, and the next one differs', () => {
  const [first, second] = [createCountingIds(), createCountingIds()]
  const made = createKey(first)
  assert.deepEqual(createKey(second), made)
  assert.notEqual(createKey(first).key, made.key)
})
