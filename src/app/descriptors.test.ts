import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { serverSchema } from '../gateway/config.ts'
import { connectionsWithin, withinDescriptors } from './descriptors.ts'

test('each caller is given two descriptors, and some are kept back', () => {
  assert.equal(connectionsWithin({ limit: 64, open: 24 }), 12)
  assert.equal(connectionsWithin({ limit: 20_000, open: 30 }), 9_485)
  assert.equal(connectionsWithin({ limit: 1_048_576, open: 30 }), 498_058)
})

test('a limit that is nearly reached still leaves one caller', () => {
  assert.equal(connectionsWithin({ limit: 32, open: 30 }), 1)
})

test('more connections than this process may have open are not promised', (t) => {
  if (!existsSync('/proc/self/limits')) return t.skip('needs /proc of Linux')
  const settings = serverSchema.parse({ maxConnections: 100_000_000 })
  const told: number[] = []
  const { maxConnections } = withinDescriptors(settings, (...numbers) => void told.push(...numbers))
  assert.ok(maxConnections < settings.maxConnections)
  assert.equal(told[0], maxConnections)
  const few = serverSchema.parse({ maxConnections: 1 })
  assert.equal(
    withinDescriptors(few, () => assert.fail('nothing to tell')),
    few,
  )
})
