import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs } from './backoff.ts'

const middle = (failures: number, askedMs?: number): number => backoffMs({ failures, askedMs, random: 0.5 })

test('pauses double up to five minutes', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 8, 1_000].map((failures) => middle(failures)),
    [5_000, 10_000, 20_000, 300_000, 300_000, 300_000],
  )
})

test('they are spread by a quarter either way', () => {
  assert.equal(backoffMs({ failures: 1, askedMs: undefined, random: 0 }), 3_750)
  assert.equal(backoffMs({ failures: 1, askedMs: undefined, random: 0.999 }), 6_248)
})

test('a service that asks for longer gets it, up to an hour', () => {
  assert.equal(middle(1, 60_000), 60_000)
  assert.equal(middle(1, 100), 5_000)
  assert.equal(middle(1, 10 ** 9), 3_600_000)
})
