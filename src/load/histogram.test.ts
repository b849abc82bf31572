import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram } from './histogram.ts'
import { createRandom, drawNormal } from './random.ts'

test('percentiles are those of the sorted list, to within a quarter of a percent', () => {
  const random = createRandom(3)
  const values = Array.from({ length: 5_000 }, () => 300 * Math.exp(0.8 * drawNormal(random)))
  const histogram = new Histogram()
  for (const value of values) histogram.add(value)
  const sorted = values.toSorted((left, right) => left - right)
  for (const share of [0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
    const read = histogram.quantile(share) ?? 0
    assert.ok(Math.abs(read / exact - 1) <= 0.002_51, `${share}: ${read} for ${exact}`)
  }
  assert.equal(histogram.max, sorted.at(-1))
  assert.equal(histogram.count, 5_000)
})

test('nothing has no percentile, and one value is all of them', () => {
  const histogram = new Histogram()
  assert.equal(histogram.quantile(0.5), undefined)
  histogram.add(123.4)
  assert.deepEqual(
    [0, 0.5, 1].map((share) => histogram.quantile(share)),
    [123.4, 123.4, 123.4],
  )
})

test('zero and what is too small to tell from it count, and stay at the bottom', () => {
  const histogram = new Histogram()
  for (const value of [0, 0, 0.001, 50]) histogram.add(value)
  assert.equal(histogram.quantile(0.75), 0)
  assert.equal(histogram.quantile(1), 50)
})

test('two together are as if one had seen all', () => {
  const [all, left, right] = [new Histogram(), new Histogram(), new Histogram()]
  for (let value = 1; value <= 100; value += 1) {
    all.add(value)
    ;(value % 3 === 0 ? left : right).add(value)
  }
  left.merge(right)
  assert.deepEqual(left.entries(), all.entries())
  assert.equal(left.mean, all.mean)
  assert.equal(left.quantile(0.9), all.quantile(0.9))
})
