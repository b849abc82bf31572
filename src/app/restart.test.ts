import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toConfig } from '../../test/support/weir.ts'
import { needsRestart } from './restart.ts'

const before = toConfig({ server: { drain: '5s' } })

test('what a running gateway takes over needs no restart', () => {
  const after = toConfig({
    server: { drain: '9s', maxBody: '1MiB' },
    backends: [{ name: 'a', url: 'http://127.0.0.1:1' }],
    auth: 'none',
  })
  assert.deepEqual(needsRestart(before, after), [])
})

test('what listeners and the log were built with is named', () => {
  const after = toConfig({
    listen: '127.0.0.1:1',
    server: { headerTimeout: '1s', keepAlive: '9s' },
    data: '/srv/other',
    metrics: { path: '/m' },
    log: { level: 'error' },
  })
  assert.deepEqual(needsRestart(before, after), [
    'listen',
    'server.headerTimeout',
    'server.keepAlive',
    'data',
    'metrics',
    'log',
  ])
})

test('another place for records is named, though its URL is a secret', () => {
  const toStore = (store: string) => toConfig({ records: { store } })
  const secret = toStore('postgres://weir:one@127.0.0.1/weir')
  assert.deepEqual(needsRestart(before, secret), ['records.store'])
  assert.deepEqual(needsRestart(secret, toStore('postgres://weir:two@127.0.0.1/weir')), ['records.store'])
  assert.deepEqual(needsRestart(before, toConfig({ server: { drain: '5s' }, records: { keep: '9d' } })), [])
})
