import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GAP_BOUNDS_S, STALL_THRESHOLD_MS } from '../../core/buckets.ts'
import { StreamMeter } from './meter.ts'

function metered(times: readonly number[], bounds?: readonly number[]): StreamMeter {
  const meter = new StreamMeter(bounds)
  for (const time of times) meter.onToken(time)
  return meter
}

test('one token has a time and no gap', () => {
  const meter = metered([7])
  assert.equal(meter.firstTokenMs, 7)
  assert.equal(meter.sketch(), undefined)
  assert.equal(metered([]).firstTokenMs, undefined)
})

test('a gap equal to a bound belongs to it, as Prometheus reads `le`', () => {
  const { counts, count, sumMs, maxMs } = metered([0, 10, 20.001, 40, 141], [10, 20, 100]).sketch()!
  assert.deepEqual(counts, [1, 2, 0, 1])
  assert.equal(count, 4)
  assert.equal(sumMs, 141)
  assert.equal(maxMs, 101)
})

test('only a gap longer than the threshold is a stall', () => {
  assert.equal(metered([0, STALL_THRESHOLD_MS]).stalls, 0)
  assert.equal(metered([0, STALL_THRESHOLD_MS + 0.001, 5, 99_999]).stalls, 2)
})

test('the sketch holds every gap once, whatever the gaps are', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 10_000, noNaN: true }), { minLength: 1 }), (gaps) => {
      let time = 0
      const times = [0, ...gaps.map((gap) => (time += gap))]
      const sketch = metered(times).sketch()!
      const steps = times.slice(1).map((each, index) => each - (times[index] ?? 0))
      assert.equal(sketch.count, steps.length)
      assert.equal(sketch.boundsMs.length, GAP_BOUNDS_S.length)
      assert.equal(sketch.maxMs, Math.max(...steps))
      assert.ok(Math.abs(sketch.sumMs - time) < 1e-6 * Math.max(1, time))
      for (const [index, bound] of [...sketch.boundsMs, Infinity].entries()) {
        const upTo = sketch.counts.slice(0, index + 1).reduce((sum, each) => sum + each, 0)
        assert.equal(upTo, steps.filter((step) => step <= bound).length)
      }
    }),
  )
})
