import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectiveSum } from '../core/minutes.ts'
import { evaluate } from './evaluate.ts'
import { toObjective, toSum } from './fixtures/objective.ts'
import { toObjectiveConditions } from './objective-alerts.ts'

const WINDOW_MINUTES = 30 * 1_440

function toAlerts(recent: ObjectiveSum, own: ObjectiveSum) {
  const objective = toObjective({ targetRatio: 0.99 })
  const last = new Map(
    objective.burns.flatMap((pair) => [pair.longMinutes, pair.shortMinutes]).map((at) => [at, recent]),
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
  const facts = burning[1]?.facts
  assert.ok(facts?.kind === 'exhausted')
  assert.ok(Math.abs((facts.burnRate ?? 0) - 2) < 1e-9)
  const [quiet, ...others] = toAlerts(toSum(1_000, 0), spent)
  assert.ok(quiet?.facts.kind === 'exhausted' && others.length === 0)
  assert.equal(quiet.facts.burnRate, undefined)
})
