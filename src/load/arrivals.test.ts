import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createArrivals, type Arrivals } from './arrivals.ts'
import { createRandom } from './random.ts'

function momentsOf(arrivals: Arrivals, seed: number, count: number): number[] {
  const next = createArrivals(arrivals, 10, createRandom(seed))
  return Array.from({ length: count }, next)
}

test('uniform arrivals keep their gap without drifting', () => {
  const moments = momentsOf('uniform', 1, 100_001)
  assert.deepEqual(moments.slice(0, 3), [0, 100, 200])
  assert.equal(moments.at(-1), 10_000_000)
})

test('poisson arrivals keep the rate, and their gaps vary as those of strangers do', () => {
  const moments = momentsOf('poisson', 1, 20_000)
  const gaps = moments.map((atMs, at) => atMs - (moments[at - 1] ?? 0))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
  assert.ok(Math.abs(mean - 100) < 3, `mean ${mean}`)
  // Of an exponential distribution the deviation is the mean.
  assert.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.05)
  const short = gaps.filter((gap) => gap < mean).length / gaps.length
  assert.ok(Math.abs(short - (1 - Math.exp(-1))) < 0.02)
})

test('the same seed gives the same moments, and another seed others', () => {
  assert.deepEqual(momentsOf('poisson', 7, 50), momentsOf('poisson', 7, 50))
  assert.notDeepEqual(momentsOf('poisson', 7, 50), momentsOf('poisson', 8, 50))
})
