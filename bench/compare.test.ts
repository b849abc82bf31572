import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toAdded, toCosts, toKept, toRatios, toReadersShare } from './compare.ts'
import { toExperiments } from './experiments.ts'
import type { ExperimentName } from './experiment.ts'
import type { ExperimentResult } from './run.ts'

function toResult(
  name: ExperimentName,
  figure: string,
  rounds: Readonly<Record<string, readonly number[]>>,
): ExperimentResult {
  const [experiment] = toExperiments({ quick: false, only: [name], rounds: undefined })
  assert.ok(experiment !== undefined)
  const targets = Object.entries(rounds).map(([target, values]) => ({
    target,
    rounds: values.map((value) => ({
      failures: 0,
      p50Millis: value,
      p99Millis: value * 10,
      [figure]: value,
    })),
  }))
  return { experiment, targets }
}

const REQUESTS = toResult('requests', 'cpuPerRequestMicros', {
  floor: [40, 50, 60],
  weir: [54, 65, 90],
  'weir-unrecorded': [53.5, 64.5, 89],
  'weir-unlimited': [53, 64, 85],
  'weir-quiet': [50, 61, 72],
  'weir-bare': [47, 58, 69],
})

test('a ratio divides the medians, and its spread pairs the rounds', () => {
  const weir = toRatios(REQUESTS).find(({ target }) => target === 'weir')
  assert.equal(weir?.ratio, 65 / 50)
  assert.deepEqual([weir.paired.min, weir.paired.max], [65 / 50, 90 / 60])
})

test('the floor is once the floor', () => {
  const floor = toRatios(REQUESTS).find(({ target }) => target === 'floor')
  assert.deepEqual([floor?.ratio, floor?.paired.min, floor?.paired.max], [1, 1, 1])
})

test('without a floor, or without its rounds, there are no ratios', () => {
  assert.deepEqual(toRatios(toResult('requests', 'cpuPerRequestMicros', { weir: [1] })), [])
  assert.deepEqual(toRatios(toResult('requests', 'cpuPerRequestMicros', { floor: [], weir: [1] })), [])
})

test('what is added is taken round by round, against the stub alone and against the floor', () => {
  const latency = toResult('latency', 'other', { direct: [1, 2, 3], floor: [1.5, 2.5, 4.5], weir: [2, 4, 5] })
  const added = toAdded(latency).filter(({ figure }) => figure === 'p50Millis')
  assert.deepEqual(
    added.map(({ target, against, difference }) => [target, against, difference.median]),
    [
      ['floor', 'direct', 0.5],
      ['weir', 'direct', 2],
      ['weir', 'floor', 0.5],
    ],
  )
  assert.equal(toAdded(latency).length, 2 * added.length)
})

test('requests have nothing added and latencies no ratio', () => {
  assert.deepEqual(toAdded(REQUESTS), [])
  assert.deepEqual(toRatios(toResult('latency', 'other', { direct: [1], floor: [1] })), [])
})

test('each part of Weir costs what its variant has more than the next barer one', () => {
  const costs = toCosts(REQUESTS).map(({ what, micros }) => [what.split(' (')[0], micros.median])
  assert.deepEqual(costs, [
    ['pipeline, record and metrics', 8],
    ['keys', 3],
    ['log line', 3],
    ['limits', 0.5],
    ['records kept, without the thread that writes them', 0.5],
    ['everything together', 15],
  ])
})

test('a variant that was not measured leaves out the steps that need it, not the others', () => {
  const costs = toCosts(toResult('requests', 'cpuPerRequestMicros', { floor: [40], weir: [60] }))
  assert.deepEqual(
    costs.map(({ what }) => what),
    ['everything together (weir − floor)'],
  )
})

test('rounds of different number were not measured alternately and cannot be compared', () => {
  const torn = toResult('requests', 'cpuPerRequestMicros', { floor: [40, 41], weir: [60] })
  assert.throws(() => toRatios(torn), /cannot pair/)
})

const READERS = toResult('readers', 'togetherMicros', { 'whole chat': [4, 6, 5], 'streamed chat': [9, 9, 9] })
const KEEPING: ExperimentResult = {
  experiment: READERS.experiment,
  targets: [
    {
      target: 'whole chat',
      rounds: [
        { failures: 0, keptMicros: 1, requestMicros: 51 },
        { failures: 0, keptMicros: 2, requestMicros: 202 },
        { failures: 0, keptMicros: 6, requestMicros: 106 },
      ],
    },
  ],
}

test('what becomes of a whole chat afterwards is held against the request of the floor', () => {
  assert.deepEqual(toReadersShare([REQUESTS, READERS]), { micros: 5, ofFloorRatio: 0.1 })
})

test('the share needs both sides, and rounds of both', () => {
  assert.equal(toReadersShare([REQUESTS]), undefined)
  assert.equal(toReadersShare([READERS]), undefined)
  assert.equal(
    toReadersShare([REQUESTS, toResult('readers', 'togetherMicros', { 'whole chat': [] })]),
    undefined,
  )
})

test('what keeping adds is held against the rest of a request that was measured next to it', () => {
  const kept = toKept([KEEPING])
  assert.deepEqual([kept?.target, kept?.ratio], ['weir', 0.02])
  assert.deepEqual([kept?.paired.min, kept?.paired.max], [0.01, 0.06])
})

test('without a request beside it nothing is said of what keeping adds', () => {
  const alone = toResult('readers', 'keptMicros', { 'whole chat': [1, 2] })
  assert.deepEqual([toKept([REQUESTS]), toKept([alone]), toKept([])], [undefined, undefined, undefined])
})

test('readers are no proxies: nothing of them is a ratio, an addition or a variant', () => {
  assert.deepEqual([toRatios(READERS), toAdded(READERS), toCosts(READERS)], [[], [], []])
})
