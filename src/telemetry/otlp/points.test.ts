import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CATALOGUE } from '../catalogue.ts'
import type { SampledFamily } from '../exposition.ts'
import { createSeriesStore } from '../series-store.ts'
import { toMetrics } from './points.ts'

const ORIGIN = { id: 'req_1', timeSeconds: 1 }

function createStore() {
  const definitions = [CATALOGUE.rejected, CATALOGUE.queueWait] as const
  const store = createSeriesStore({ definitions, maxLines: 1_000, onLimited: () => assert.fail() })
  return { store, rejected: store.counter(CATALOGUE.rejected), wait: store.histogram(CATALOGUE.queueWait) }
}

test('a counter is a sum with its labels, a histogram has its buckets one by one', () => {
  const { store, rejected, wait } = createStore()
  rejected.add(rejected.index.resolve(['queue_full']), 3)
  const offset = wait.index.resolve(['a "quoted" one'])
  for (const seconds of [0, 0, 1e9]) wait.observe(offset, seconds, ORIGIN)
  const [sum, histogram] = toMetrics({ snapshot: store.snapshot(), sampled: [] })
  assert.deepEqual([sum?.kind, sum?.name, sum?.unit], ['sum', CATALOGUE.rejected.name, ''])
  assert.deepEqual(sum?.points, [{ labels: { reason: 'queue_full' }, value: 3 }])
  assert.ok(histogram?.kind === 'histogram')
  assert.deepEqual([histogram.unit, histogram.bounds], ['s', CATALOGUE.queueWait.bounds])
  const [point] = histogram.points
  assert.deepEqual(point?.labels, { backend: 'a "quoted" one' })
  assert.deepEqual([point?.count, point?.sum, point?.counts[0], point?.counts.at(-1)], [3, 1e9, 2, 1])
  assert.equal(point?.counts.length, histogram.bounds.length + 1)
})

test('what has no series is not pushed', () => {
  const { store } = createStore()
  assert.deepEqual(toMetrics({ snapshot: store.snapshot(), sampled: [] }), [])
})

test('the library’s own histograms are put together from their lines', () => {
  const line = (suffix: string, value: number, le?: string) => ({
    name: `nodejs_gc_duration_seconds${suffix}`,
    labels: [['kind', 'minor'] as const, ...(le === undefined ? [] : [['le', le] as const])],
    value,
  })
  const family: SampledFamily = {
    ...{ name: 'nodejs_gc_duration_seconds', type: 'histogram', help: 'h' },
    samples: [
      ...[line('_bucket', 2, '0.001'), line('_bucket', 5, '0.01'), line('_bucket', 6, '+Inf')],
      ...[line('_sum', 0.5), line('_count', 6)],
    ],
  }
  const [metric] = toMetrics({ snapshot: createStore().store.snapshot(), sampled: [family] })
  assert.ok(metric?.kind === 'histogram')
  assert.deepEqual(metric.bounds, [0.001, 0.01])
  assert.deepEqual(metric.points, [{ labels: { kind: 'minor' }, counts: [2, 3, 1], sum: 0.5, count: 6 }])
})

test('gauges are gauges, counters sums, and a summary is left out', () => {
  const of = (name: string, type: string): SampledFamily => ({
    ...{ name, type, help: 'h', samples: [{ labels: [], value: 1 }] },
  })
  const sampled = [of('a_bytes', 'gauge'), of('b_seconds_total', 'counter'), of('c', 'summary')]
  const metrics = toMetrics({ snapshot: createStore().store.snapshot(), sampled })
  assert.deepEqual(
    metrics.map(({ name, kind, unit }) => [name, kind, unit]),
    [
      ['a_bytes', 'gauge', 'By'],
      ['b_seconds_total', 'sum', 's'],
    ],
  )
})
