import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AlertFacts, Spending } from '../core/alert.ts'
import type { ObjectiveSum } from '../core/minutes.ts'
import { evaluate } from './evaluate.ts'
import { toObjective, toSum } from './fixtures/objective.ts'
import { toObjectiveConditions } from './objective-alerts.ts'

const WINDOW_MINUTES = 30 * 1_440
const SHORTEST_MINUTES = 5

function toAlerts(
  recent: ObjectiveSum,
  own: ObjectiveSum,
  { lastMinutes = recent }: { readonly lastMinutes?: ObjectiveSum } = {},
) {
  const objective = toObjective({ targetRatio: 0.99 })
  const last = new Map(
    objective.burns
      .flatMap((pair) => [pair.longMinutes, pair.shortMinutes])
      .map((at) => [at, at === SHORTEST_MINUTES ? lastMinutes : recent]),
  )
  const sums = { last, own, ownLengthMinutes: WINDOW_MINUTES, watchedMinutes: WINDOW_MINUTES }
  const evaluation = evaluate(objective, sums)
  return toObjectiveConditions({ objective, evaluation, blamed: [] }).map(({ alert }) => alert)
}

test('a spent budget says how fast it is being spent where it still is, and nothing where it is not', () => {
  const spent = toSum(97_000, 3_000)
  const burning = toAlerts(toSum(980, 20), spent)
  assert.deepEqual(
    burning.map(({ name, severity }) => `${severity} ${name}`),
    ['ticket SloBudgetBurn', 'ticket SloBudgetExhausted'],
  )
  const spending = spendingOf(burning[1])
  assert.ok(Math.abs((spending?.burnRate ?? 0) - 2) < 1e-9)
  assert.ok(Math.abs((spending?.recentBurnRate ?? 0) - 2) < 1e-9)
  assert.deepEqual([spending?.longWindow, spending?.recentWindow], ['3d', '5m'])
  const [quiet, ...others] = toAlerts(toSum(1_000, 0), spent)
  assert.equal(others.length, 0)
  assert.equal(spendingOf(quiet), undefined)
})

test('what only hours say of a spent budget is told apart from what the last minutes say', () => {
  const spent = toSum(97_000, 3_000)
  const spendingAfter = (lastMinutes: ObjectiveSum): Spending | undefined =>
    spendingOf(toAlerts(toSum(980, 20), spent, { lastMinutes }).at(-1))
  assert.equal(spendingAfter(toSum(50, 0))?.recentBurnRate, 0)
  assert.equal(spendingAfter(toSum(0, 0))?.recentBurnRate, undefined)
  assert.equal(spendingAfter(toSum(50, 0))?.longWindow, '3d')
})

function spendingOf(alert: { readonly facts: AlertFacts } | undefined): Spending | undefined {
  assert.ok(alert?.facts.kind === 'exhausted')
  return alert.facts.spending
}
