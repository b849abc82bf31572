import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CounterDefinition, HistogramDefinition, StoredDefinition } from './catalogue/definition.ts'
import { createSeriesStore, linesOf } from './series-store.ts'

const COUNTER = {
  name: 'things_total',
  type: 'counter',
  help: 'Things.',
  labels: ['kind'],
  unit: 'requests',
  since: '0.1.0',
} as const satisfies CounterDefinition

const HISTOGRAM = {
  name: 'wait_seconds',
  type: 'histogram',
  help: 'Waits.',
  labels: ['kind', 'place'],
  unit: 'seconds',
  bounds: [0.1, 0.5, 1],
  exemplars: true,
  since: '0.1.0',
} as const satisfies HistogramDefinition

const ORIGIN = { id: 'req_1', timeSeconds: 1_700_000_000 }

function openStore(maxLines: number) {
  const limited: StoredDefinition[] = []
  const store = createSeriesStore({
    definitions: [COUNTER, HISTOGRAM],
    maxLines,
    onLimited: (definition) => limited.push(definition),
  })
  return { store, limited, counter: store.counter(COUNTER), histogram: store.histogram(HISTOGRAM) }
}

/** The cells of a histogram's label set: buckets, +Inf, sum. */
function cellsAt(store: ReturnType<typeof createSeriesStore>, offset: number): number[] {
  return [...store.snapshot().cells.slice(offset, offset + HISTOGRAM.bounds.length + 2)]
}

test('a value on a bound belongs to the bucket of that bound', () => {
  const { store, histogram } = openStore(100)
  const offset = histogram.index.resolve(['a', 'b'])
  for (const value of [0, 0.1, 0.100001, 0.5, 1, 1.000001, 1e9]) histogram.observe(offset, value, ORIGIN)
  const [...cells] = cellsAt(store, offset)
  assert.deepEqual(cells.slice(0, 4), [2, 2, 1, 2])
  assert.equal(cells[4], 0 + 0.1 + 0.100001 + 0.5 + 1 + 1.000001 + 1e9)
})

test('a value that is no duration cannot spoil the sum', () => {
  const { store, histogram } = openStore(100)
  const offset = histogram.index.resolve(['a', 'b'])
  for (const value of [NaN, Infinity, -Infinity, -3]) histogram.observe(offset, value, ORIGIN)
  assert.deepEqual(cellsAt(store, offset), [4, 0, 0, 0, 0])
})

test('one label set has one place, two label sets never share one', () => {
  const { counter, histogram } = openStore(1_000)
  assert.equal(counter.index.resolve(['a']), counter.index.resolve(['a']))
  const offsets = [
    histogram.index.resolve(['a', 'bc']),
    histogram.index.resolve(['ab', 'c']),
    histogram.index.resolve(['a","b', 'c']),
    histogram.index.resolve(['', '']),
  ]
  assert.equal(new Set(offsets).size, offsets.length)
})

test('the latest request of a bucket is its exemplar', () => {
  const { store, histogram } = openStore(100)
  const offset = histogram.index.resolve(['a', 'b'])
  histogram.observe(offset, 0.3, { id: 'first', timeSeconds: 1 })
  histogram.observe(offset, 0.4, { id: 'second', timeSeconds: 2 })
  const { exemplars } = store.snapshot()
  const cell = offset + 1
  assert.deepEqual([exemplars.ids[cell], exemplars.values[cell], exemplars.times[cell]], ['second', 0.4, 2])
  assert.equal(exemplars.ids[offset], undefined)
})

test('what has no room is counted in the series other, and nothing grows', () => {
  const setAside = linesOf(COUNTER) + linesOf(HISTOGRAM)
  const { store, counter, limited } = openStore(setAside + 3)
  for (const kind of ['a', 'b', 'c', 'd', 'e']) counter.add(counter.index.resolve([kind]), 1)
  counter.add(counter.index.resolve(['d']), 1)
  assert.deepEqual(
    counter.index.series.map(({ labels }) => labels),
    ['kind="a"', 'kind="b"', 'kind="c"', 'kind="other"'],
  )
  const { cells } = store.snapshot()
  assert.deepEqual(
    counter.index.series.map(({ offset }) => cells[offset]),
    [1, 1, 1, 3],
  )
  assert.deepEqual(
    limited.map(({ name }) => name),
    ['things_total', 'things_total'],
    'each refused label set is counted once',
  )
  assert.deepEqual(store.usage, { lines: 3, most: 3 })
})

test('a histogram that does not fit leaves the room to counters that do', () => {
  const { counter, histogram } = openStore(linesOf(COUNTER) + linesOf(HISTOGRAM) + 2)
  histogram.observe(histogram.index.resolve(['a', 'b']), 1, ORIGIN)
  counter.add(counter.index.resolve(['a']), 1)
  assert.deepEqual(
    histogram.index.series.map(({ labels }) => labels),
    ['kind="other",place="other"'],
  )
  assert.deepEqual(
    counter.index.series.map(({ labels }) => labels),
    ['kind="a"'],
  )
})

test('an honest series other and the series for what has no room are one series', () => {
  for (const isHonestFirst of [true, false]) {
    const { store, counter } = openStore(linesOf(COUNTER) + linesOf(HISTOGRAM) + 2)
    const kinds = isHonestFirst ? ['other', 'a', 'b', 'c'] : ['a', 'b', 'c', 'other']
    for (const kind of kinds) counter.add(counter.index.resolve([kind]), 1)
    const { cells } = store.snapshot()
    const others = counter.index.series.filter(({ labels }) => labels === 'kind="other"')
    assert.equal(others.length, 1)
    assert.equal(
      counter.index.series.reduce((sum, { offset }) => sum + (cells[offset] ?? 0), 0),
      4,
      'nothing is lost',
    )
  }
})

test('with no room at all everything is counted, as other', () => {
  const { store, counter, histogram } = openStore(0)
  counter.add(counter.index.resolve(['a']), 7)
  histogram.observe(histogram.index.resolve(['a', 'b']), 0.2, ORIGIN)
  const { cells } = store.snapshot()
  assert.equal(cells[counter.index.series[0]!.offset], 7)
  assert.equal(cells[histogram.index.series[0]!.offset + 1], 1)
})

test('a snapshot does not see what comes later', () => {
  const { store, counter } = openStore(100)
  const offset = counter.index.resolve(['a'])
  counter.add(offset, 1)
  const snapshot = store.snapshot()
  counter.add(offset, 1)
  counter.index.resolve(['b'])
  assert.equal(snapshot.cells[offset], 1)
  assert.equal(snapshot.families[0]!.seriesCount, 1)
})

test('a metric can be opened once, and only if it was announced', () => {
  const { store } = openStore(100)
  assert.throws(() => store.counter(COUNTER), TypeError)
  assert.throws(() => store.counter({ ...COUNTER, name: 'others_total' }), TypeError)
})
