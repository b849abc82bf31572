import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { createShelf } from './shelf.ts'

test('a value that nobody renews goes away, the others stay', () => {
  const clock = createManualClock()
  const shelf = createShelf<number>(clock, 15_000)
  shelf.put('a', 1)
  shelf.put('b', 2)
  clock.advance(10_000)
  shelf.put('b', 3)
  clock.advance(5_000)
  assert.deepEqual(shelf.fresh(), [1, 3])
  clock.advance(1)
  assert.deepEqual(shelf.fresh(), [3])
  assert.equal(shelf.get('a'), undefined)
  assert.equal(shelf.get('b'), 3)
  shelf.remove('b')
  assert.deepEqual(shelf.fresh(), [])
})
