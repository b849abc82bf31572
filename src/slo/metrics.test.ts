import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from './evaluate.ts'
import { toObjective, toSum } from './fixtures/objective.ts'
import { toObjectivesLive } from './metrics.ts'
import type { ServiceLevelState } from './read-port.ts'

const objective = toObjective({ noDataMinutes: 45 })
const sums = {
  last: new Map([
    [5, toSum(90, 10)],
    [45, toSum(9, 1)],
    [60, toSum(99, 1)],
  ]),
  own: toSum(999, 1),
  ownLengthMinutes: 43_200,
  watchedMinutes: 43_200,
}
const stateOf = (evaluation: ServiceLevelState['objectives'][number]['evaluation']): ServiceLevelState => ({
  standing: 'leading',
  evaluatedAtMs: 0,
  alerts: [],
  objectives: [{ objective, evaluation }],
})
const tallies = [
  { name: 'chat', good: 7, events: 8 },
  { name: 'rule:slow', good: 1, events: 2 },
]

test('what was counted here is always shown, and what it means while it is known', () => {
  assert.deepEqual(toObjectivesLive(stateOf(evaluate(objective, sums)), tallies), [
    {
      ...{ name: 'chat', good: 7, events: 8, targetRatio: 0.99, budgetRemainingRatio: 1 - 0.001 / 0.01 },
      // Of windows in which nothing was counted there is no rate, and the one for missing data is none of burning.
      burnRates: [
        { window: '5m', rate: 10 },
        { window: '1h', rate: 1 },
      ],
    },
    {
      ...{ name: 'rule:slow', good: 1, events: 2, targetRatio: undefined, budgetRemainingRatio: undefined },
      burnRates: [],
    },
  ])
})

test('while nothing is known, only the promise and the counts are shown', () => {
  const [chat] = toObjectivesLive(stateOf(undefined), tallies)
  assert.deepEqual(chat, {
    ...{ name: 'chat', good: 7, events: 8, targetRatio: 0.99, budgetRemainingRatio: undefined },
    burnRates: [],
  })
})
