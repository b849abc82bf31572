import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toDoubts } from './doubts.ts'
import { toExperiments } from './experiments.ts'
import type { ExperimentName } from './experiment.ts'
import type { ExperimentResult } from './run.ts'

function toResult(
  name: ExperimentName,
  figure: string,
  rounds: Readonly<Record<string, number[]>>,
): ExperimentResult {
  const [experiment] = toExperiments({ quick: true, only: [name], rounds: undefined })
  assert.ok(experiment !== undefined)
  const targets = Object.entries(rounds).map(([target, values]) => ({
    target,
    rounds: values.map((value) => ({ failures: 0, [figure]: value })),
  }))
  return { experiment, targets }
}

test('a floor that had its core, and chunks that came one by one, raise no doubt', () => {
  assert.deepEqual(toDoubts(toResult('requests', 'coreShare', { floor: [0.95, 0.99, 0.2] })), [])
  assert.deepEqual(
    toDoubts(toResult('chunks', 'eventsPerArrival', { floor: [1, 1.01], weir: [1.02, 1.1] })),
    [],
  )
})

test('a floor without its core does', () => {
  const doubts = toDoubts(toResult('requests', 'coreShare', { floor: [0.28, 0.26, 0.95] }))
  assert.deepEqual(doubts, ['requests: the floor got 28 % of its core where it could use all of it'])
})

test('a proxy that is limited by the load generator is no sign of anything', () => {
  assert.deepEqual(toDoubts(toResult('requests', 'coreShare', { floor: [0.9], nginx: [0.4] })), [])
  assert.deepEqual(toDoubts(toResult('chunks', 'eventsPerArrival', { floor: [1], nginx: [1.4] })), [])
})

test('events that come together raise a doubt about the one that sent them', () => {
  const doubts = toDoubts(toResult('chunks', 'eventsPerArrival', { floor: [1], weir: [2.35, 2.4, 1] }))
  assert.deepEqual(doubts, ['chunks: weir came late and passed on 2.4 events at once'])
})

test('a target without rounds, and other experiments, are passed over', () => {
  assert.deepEqual(toDoubts(toResult('chunks', 'eventsPerArrival', { floor: [] })), [])
  assert.deepEqual(toDoubts(toResult('memory', 'bytesPerStream', { floor: [1] })), [])
})
