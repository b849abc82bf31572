import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subtract, toDeltas } from './minutes.ts'

const at = (
  objective: string,
  minute: number,
  [good, total, excluded]: readonly [number, number, number],
) => ({
  ...{ objective, minute, good, total, excluded },
})

test('what is counted for one minute is one row, in an order that does not depend on who counted first', () => {
  const rows = [at('b', 2, [1, 2, 0]), at('a', 2, [1, 1, 0]), at('b', 1, [0, 1, 3]), at('b', 2, [2, 2, 1])]
  const sums = [at('b', 1, [0, 1, 3]), at('a', 2, [1, 1, 0]), at('b', 2, [3, 4, 1])]
  assert.deepEqual(toDeltas(rows), sums)
  assert.deepEqual(toDeltas(rows.toReversed()), sums)
})

test('what was counted before is taken off, and what is left of nothing is no row', () => {
  const brought = [at('a', 1, [3, 5, 1]), at('a', 2, [1, 1, 0]), at('b', 1, [1, 1, 0]), at('a', 1, [1, 1, 0])]
  const counted = [at('a', 1, [3, 5, 1]), at('a', 2, [1, 1, 0])]
  assert.deepEqual(subtract(brought, counted), [at('a', 1, [1, 1, 0]), at('b', 1, [1, 1, 0])])
  assert.deepEqual(subtract(counted, counted), [])
  assert.deepEqual(subtract(counted, []), counted)
  // Also what was counted in several pieces.
  assert.deepEqual(subtract([at('a', 1, [3, 3, 0])], [at('a', 1, [1, 1, 0]), at('a', 1, [2, 2, 0])]), [])
})

test('nothing is ever counted as less than nothing', () => {
  assert.deepEqual(subtract([at('a', 1, [1, 2, 0])], [at('a', 1, [2, 3, 1])]), [])
  assert.deepEqual(subtract([], [at('a', 1, [2, 3, 1])]), [])
})
