import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MIN_SEEN, SlowMedian } from './usual-median.ts'

function note(median: SlowMedian, value: number, times: number, weight = 1): void {
  for (let count = 0; count < times; count += 1) median.note(value, weight)
}

test('nothing is usual before a few values are known, and equal ones give themselves', () => {
  const median = new SlowMedian()
  note(median, 38, MIN_SEEN - 1)
  assert.equal(median.value, undefined)
  note(median, 38, 1)
  assert.equal(median.value, 38)
})

test('it is the median within four percent, whatever the scale', () => {
  for (const scale of [0.01, 1, 100, 10_000]) {
    const median = new SlowMedian()
    for (let value = 1; value <= 101; value += 1) median.note(value * scale, 1)
    const { value = 0 } = median
    assert.ok(Math.abs(value / (51 * scale) - 1) < 0.04, `${value} for ${51 * scale}`)
  }
})

test('a few odd values move nothing, and more than half of the weight moves it', () => {
  const median = new SlowMedian()
  note(median, 20, 100)
  note(median, 9_000, 90)
  assert.equal(median.value, 20)
  note(median, 9_000, 20)
  assert.equal(median.value, 9_000)
})

test('weight counts, not number', () => {
  const median = new SlowMedian()
  note(median, 20, 100)
  note(median, 40, 10, 11)
  assert.equal(median.value, 40)
})

test('scaling keeps the median and makes what comes after weigh more', () => {
  const median = new SlowMedian()
  note(median, 20, 100)
  median.scale(0.01)
  assert.equal(median.value, 20)
  note(median, 40, 2)
  assert.equal(median.value, 40)
  median.scale(0)
  assert.equal(median.value, undefined)
})

test('what is no amount is not noted', () => {
  const median = new SlowMedian()
  for (const value of [NaN, Infinity, -1, 0, 1e300]) note(median, value, 10)
  assert.equal(median.value, undefined)
})
