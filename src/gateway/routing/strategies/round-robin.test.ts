import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byRoundRobin } from './round-robin.ts'

test('everybody leads exactly once in a round, in the order of the list', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 }),
      fc.nat(1_000_000),
      (names, round) => {
        const orders = names.map((_, index) => byRoundRobin(names, round * names.length + index))
        assert.deepEqual(
          orders.map(([first]) => first),
          names,
        )
        for (const order of orders) assert.deepEqual(new Set(order), new Set(names))
      },
    ),
  )
})

test('whoever is next in the list is next to be asked', () => {
  assert.deepEqual(byRoundRobin(['a', 'b', 'c'], 1), ['b', 'c', 'a'])
  assert.deepEqual(byRoundRobin([], 7), [])
})
