import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ObjectiveSum } from '../core/minutes.ts'
import { EMPTY_SUM } from './burn-rate.ts'
import { evaluate, windowsOf, type WindowSums } from './evaluate.ts'
import { toObjective, toSum } from './fixtures/objective.ts'
import type { Objective } from './objective.ts'

const HOUR = 60
const DAY = 1_440
const WINDOW_MINUTES = 30 * DAY
const DAY_MS = 86_400_000

/** The same sum in every window, unless it is said otherwise. */
function toSums(everywhere: ObjectiveSum, given: Readonly<Record<number, ObjectiveSum>> = {}): WindowSums {
  const lengths = [5, 30, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY]
  return {
    last: new Map(lengths.map((minutes) => [minutes, given[minutes] ?? everywhere])),
    own: given[WINDOW_MINUTES] ?? everywhere,
    ownLengthMinutes: WINDOW_MINUTES,
    watchedMinutes: WINDOW_MINUTES,
  }
}

const firing = (objective: Objective, sums: WindowSums): readonly boolean[] =>
  evaluate(objective, sums).burns.map(({ isFiring }) => isFiring)

test('nothing counted is unknown, not healthy and not broken', () => {
  const { attainedRatio, budgetRemainingRatio, isBreached, isExhausted, burnRates } = evaluate(
    toObjective(),
    toSums(EMPTY_SUM),
  )
  assert.deepEqual([attainedRatio, budgetRemainingRatio], [undefined, undefined])
  assert.deepEqual([isBreached, isExhausted], [false, false])
  assert.ok([...burnRates.values()].every((rate) => rate === undefined))
})

test('one bad event in a hundred spends the whole budget of 99 % and keeps the promise', () => {
  const { attainedRatio, budgetRemainingRatio, isBreached } = evaluate(toObjective(), toSums(toSum(99, 1)))
  assert.deepEqual([attainedRatio, budgetRemainingRatio, isBreached], [0.99, 0, false])
})

test('the least bit more breaks it, for whatever is promised', () => {
  for (const targetRatio of [0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999]) {
    const objective = toObjective({ targetRatio })
    const bad = Math.round(objective.budgetRatio * 1_000_000)
    const at = (badEvents: number) => evaluate(objective, toSums(toSum(1_000_000 - badEvents, badEvents)))
    assert.equal(at(bad).isBreached, false, String(targetRatio))
    assert.equal(at(bad + 1).isBreached, true, String(targetRatio))
  }
})

test('a page needs both windows', () => {
  const many = toSum(80, 20)
  const few = toSum(99, 1)
  assert.deepEqual(firing(toObjective(), toSums(many)), [true, true, true])
  assert.deepEqual(firing(toObjective(), toSums(many, { 5: few })), [false, true, true])
  assert.deepEqual(firing(toObjective(), toSums(many, { 60: few, 30: few })), [false, false, true])
  assert.deepEqual(firing(toObjective(), toSums(few, { 5: many, 30: many })), [false, false, false])
})

test('a rate of exactly the factor does not fire', () => {
  const exact = toSum(856, 144)
  assert.deepEqual(firing(toObjective(), toSums(exact))[0], false)
  assert.deepEqual(firing(toObjective(), toSums(toSum(855, 145)))[0], true)
})

test('one failure in three requests at night wakes nobody', () => {
  assert.deepEqual(firing(toObjective(), toSums(toSum(2, 1))), [false, false, false])
})

test('many events with four bad ones wake nobody either, with five they do', () => {
  assert.deepEqual(firing(toObjective(), toSums(toSum(16, 4))), [false, false, false])
  assert.deepEqual(firing(toObjective(), toSums(toSum(15, 5))), [true, true, true])
  assert.deepEqual(firing(toObjective({ minEvents: 21 }), toSums(toSum(15, 5))), [false, false, false])
})

test('an empty short window ends a page', () => {
  assert.equal(firing(toObjective(), toSums(toSum(0, 100), { 5: EMPTY_SUM }))[0], false)
})

test('the budget is gone in its window at a rate of one, sooner at a higher one', () => {
  const at = (long: ObjectiveSum, own: ObjectiveSum) =>
    evaluate(toObjective(), toSums(long, { [WINDOW_MINUTES]: own })).burns[0]?.exhaustedInMs
  assert.equal(at(toSum(99, 1), toSum(1_000, 0)), 30 * DAY_MS)
  assert.equal(at(toSum(90, 10), toSum(1_000, 0)), 3 * DAY_MS)
  assert.equal(at(toSum(90, 10), toSum(1_990, 10)), 1.5 * DAY_MS)
  assert.equal(at(toSum(90, 10), toSum(99, 1)), undefined)
  assert.equal(at(toSum(90, 0), toSum(1_000, 0)), undefined)
})

test('the budget is told as spent only by enough events', () => {
  const exhausted = (sum: ObjectiveSum) => evaluate(toObjective(), toSums(sum)).isExhausted
  assert.equal(exhausted(toSum(2, 1)), false)
  assert.equal(exhausted(toSum(100, 10)), true)
})

test('no data is told where it is asked for, and not before it can be known', () => {
  const quiet = toSums(EMPTY_SUM)
  assert.equal(evaluate(toObjective(), quiet).isWithoutData, false)
  const objective = toObjective({ noDataMinutes: 30 })
  assert.equal(evaluate(objective, quiet).isWithoutData, true)
  assert.equal(evaluate(objective, { ...quiet, watchedMinutes: 29 }).isWithoutData, false)
  assert.equal(evaluate(objective, toSums(EMPTY_SUM, { 30: toSum(1, 0) })).isWithoutData, false)
  const excludedOnly = { good: 0, total: 0, excluded: 7, minutes: 1 }
  assert.equal(evaluate(objective, toSums(excludedOnly)).isWithoutData, true)
})

test('the windows of an objective are each named once', () => {
  assert.deepEqual(windowsOf(toObjective({ noDataMinutes: 45 })), [5, 30, 45, 60, 120, 360, 1_440, 4_320])
})

test('a pair fires exactly when an outage of that share of all requests would', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 0, max: 50 }),
      (longGood, longBad, shortGood, shortBad) => {
        const sums = toSums(toSum(longGood, longBad), { 5: toSum(shortGood, shortBad) })
        // 14.4 % written without a division.
        const isOver = (good: number, bad: number): boolean => bad * 1_000 > 144 * (good + bad)
        const expected =
          longGood + longBad >= 20 && longBad >= 5 && isOver(longGood, longBad) && isOver(shortGood, shortBad)
        assert.equal(firing(toObjective(), sums)[0], expected)
      },
    ),
  )
})
