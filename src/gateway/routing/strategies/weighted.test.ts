import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byWeight } from './weighted.ts'

const fleet = (weights: readonly number[]) => weights.map((weight, index) => ({ name: index, weight }))
const leaders = (weights: readonly number[], turns: number, from = 0): number[] =>
  Array.from({ length: turns }, (_, turn) => byWeight(fleet(weights), from + turn)[0]?.name ?? -1)

const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 })

test('over a whole round everybody leads exactly by its weight', () => {
  fc.assert(
    fc.property(weights, fc.nat(1_000), (given, round) => {
      const total = given.reduce((sum, weight) => sum + weight, 0)
      const led = leaders(given, total, round * total)
      for (const [index, weight] of given.entries()) {
        assert.equal(led.filter((name) => name === index).length, weight)
      }
    }),
  )
})

test('after any number of turns nobody is a whole number of turns per backend away from its share', () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 300 }), (given, turns) => {
      const total = given.reduce((sum, weight) => sum + weight, 0)
      const led = leaders(given, turns)
      for (const [index, weight] of given.entries()) {
        const share = (turns * weight) / total
        const times = led.filter((name) => name === index).length
        assert.ok(
          Math.abs(times - share) < given.length,
          `${given.join()} after ${turns}: ${index} led ${times}`,
        )
      }
    }),
  )
})

test('the turns of the heavier are spread, not bunched', () => {
  assert.deepEqual(leaders([3, 1], 8), [0, 0, 1, 0, 0, 0, 1, 0])
  assert.deepEqual(leaders([5, 1, 1], 7), [0, 0, 1, 0, 2, 0, 0])
})

test('an order holds everybody once, and the others follow by their next turns', () => {
  fc.assert(
    fc.property(weights, fc.nat(), (given, turn) => {
      const backends = fleet(given)
      const order = byWeight(backends, turn)
      assert.deepEqual(
        order.map(({ name }) => name).toSorted((a, b) => a - b),
        backends.map(({ name }) => name),
      )
    }),
  )
  assert.deepEqual(
    byWeight(fleet([1, 1, 8]), 0).map(({ name }) => name),
    [2, 0, 1],
  )
})
