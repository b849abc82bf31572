import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom, median, pairwise, quantile, summarise, toArrivals } from './statistics.ts'

test('the median of an odd number of values is the one in the middle, in whatever order they come', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([100, 2, 30, 4, 5]), 5)
})

test('the median of an even number of values lies half-way between the two in the middle', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5)
})

test('numbers are ordered as numbers, not as text', () => {
  assert.equal(median([10, 9, 100]), 10)
})

test('quantiles interpolate as R and NumPy do by default', () => {
  const values = [1, 2, 3, 4]
  assert.equal(quantile(values, 0), 1)
  assert.equal(quantile(values, 0.25), 1.75)
  assert.equal(quantile(values, 0.99).toFixed(2), '3.97')
  assert.equal(quantile(values, 1), 4)
})

test('one value is its own summary', () => {
  assert.deepEqual(summarise([7]), { median: 7, min: 7, max: 7, iqr: 0, count: 1 })
})

test('a summary names the middle and both kinds of spread', () => {
  assert.deepEqual(summarise([5, 1, 4, 2, 3]), { median: 3, min: 1, max: 5, iqr: 2, count: 5 })
})

test('one disturbed round moves the range but neither the median nor the quartiles far', () => {
  const disturbed = summarise([50, 51, 52, 53, 500])
  assert.equal(disturbed.median, 52)
  assert.equal(disturbed.iqr, 2)
  assert.equal(disturbed.max, 500)
})

test('the input is left as it was', () => {
  const values = [3, 1, 2]
  summarise(values)
  assert.deepEqual(values, [3, 1, 2])
})

test('nothing, infinity and not-a-number have no statistics', () => {
  assert.throws(() => median([]), /no values/)
  assert.throws(() => summarise([1, Number.NaN]), /NaN/)
  assert.throws(() => quantile([1, Number.POSITIVE_INFINITY], 0.5), /Infinity/)
  assert.throws(() => quantile([1], 99), /share from 0 to 1/)
  assert.throws(() => quantile([1], Number.NaN), /share from 0 to 1/)
})

test('rounds are paired by their place', () => {
  assert.deepEqual(
    pairwise([60, 66], [50, 44], (weir, floor) => weir / floor),
    [1.2, 1.5],
  )
  assert.throws(() => pairwise([1, 2], [1], Math.max), /cannot pair 2 rounds with 1/)
})

test('the same seed gives the same arrivals, another seed others', () => {
  assert.deepEqual(toArrivals(200, 1_000, 7), toArrivals(200, 1_000, 7))
  assert.notDeepEqual(toArrivals(200, 1_000, 7), toArrivals(200, 1_000, 8))
})

test('arrivals come in order, within the time, and use all of it', () => {
  const arrivals = toArrivals(1_000, 500, 3)
  assert.equal(arrivals.length, 1_000)
  assert.deepEqual(
    arrivals,
    arrivals.toSorted((left, right) => left - right),
  )
  assert.ok(arrivals.every((atMs) => atMs >= 0 && atMs < 500))
  const perTenth = Array.from({ length: 10 }, (_, tenth) =>
    arrivals.filter((atMs) => Math.floor(atMs / 50) === tenth),
  )
  assert.ok(perTenth.every((part) => part.length > 60 && part.length < 140))
})

test('a seed of 0 does not freeze the generator', () => {
  const random = createRandom(0)
  assert.notEqual(random(), random())
})
