import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beginDoubt, resolveDoubt, type Clarity, type Doubt } from './auto-limit-doubt.ts'
import type { Finding } from './auto-limit-window.ts'

const SURE: Clarity = { gainError: 0.01, usualError: 0.01, isClear: true }
const VAGUE: Clarity = { gainError: 1, usualError: 1, isClear: false }

/** How many times the usual, under a limit. */
const at = (limit: number, times: number, count = 100): Finding => ({
  limit,
  company: limit,
  mean: Math.log(times),
  count,
})

const nextOf = (doubt: Doubt, found: Finding): Doubt => {
  const next = resolveDoubt(doubt, found, SURE)?.next
  assert.ok(next !== undefined)
  return next
}

test('a quarter fewer are tried first, and never none', () => {
  assert.deepEqual(
    [40, 8, 4, 3, 2].map((limit) => beginDoubt(at(limit, 1)).limit),
    [30, 6, 3, 2, 1],
  )
})

test('of a limit that is not filled, those count that were in use', () => {
  assert.equal(beginDoubt({ ...at(8, 1), company: 4 }).limit, 3)
})

test('at the end of a queue, what the fewest show is usual, as far as that is sooner', () => {
  const second = nextOf(beginDoubt(at(8, 1.3)), at(6, 1))
  assert.deepEqual(resolveDoubt(second, at(3, 0.85), SURE), {
    usual: at(3, 0.85),
    end: { outcome: 'usual-wrong', limit: 6 },
  })
})

test('no sooner with fewer: the limit was right', () => {
  const step = resolveDoubt(beginDoubt(at(8, 1)), at(6, 1.02), SURE)
  assert.deepEqual(step, { end: { outcome: 'unfounded', limit: 8 } })
})

test('what is not clear yet is looked at longer, and not for ever', () => {
  const doubt = beginDoubt(at(8, 1))
  assert.equal(resolveDoubt(doubt, at(6, 0.7, 20), VAGUE), undefined)
  assert.equal(resolveDoubt(doubt, at(6, 1, 199), VAGUE), undefined)
  assert.equal(resolveDoubt(doubt, at(6, 1, 200), VAGUE)?.end?.outcome, 'unfounded')
})

test('a queue in which it was learnt what is usual is followed down to its end', () => {
  const second = nextOf(beginDoubt(at(8, 1)), at(6, 0.6))
  assert.deepEqual([second.limit, second.isUsualWrong], [3, true])
  assert.deepEqual(resolveDoubt(beginDoubt(at(8, 1)), at(6, 0.6), SURE)?.usual, at(6, 0.6))
  // What was found there is usual now, so the next is held against 1.
  const step = resolveDoubt(second, at(3, 0.95), SURE)
  assert.deepEqual(step, { usual: at(3, 0.95), end: { outcome: 'usual-wrong', limit: 6 } })
})

test('with one slot left there is no fewer to try', () => {
  const step = resolveDoubt(beginDoubt(at(2, 1)), at(1, 0.5), SURE)
  assert.deepEqual(step?.end, { outcome: 'usual-wrong', limit: 1 })
})

test('a queue by what is usual costs one slot, a long one all those that make it', () => {
  const little = nextOf(beginDoubt(at(8, 1.7)), at(6, 1))
  assert.deepEqual(resolveDoubt(little, at(3, 1), SURE)?.end, { outcome: 'one-too-many', limit: 7 })
  const long = nextOf(beginDoubt(at(8, 5)), at(6, 1.1))
  assert.deepEqual(resolveDoubt(long, at(3, 1), SURE)?.end, { outcome: 'late', limit: 6 })
})

test('a queue that is short enough is left as it was', () => {
  const next = nextOf(beginDoubt(at(8, 1.4)), at(6, 1))
  assert.deepEqual(resolveDoubt(next, at(3, 1), SURE)?.end, { outcome: 'unfounded', limit: 8 })
})

test('late with many and with fewer: a quarter of them shows what is usual now', () => {
  const quiet = nextOf(beginDoubt(at(8, 3)), at(6, 3))
  assert.deepEqual([quiet.limit, quiet.isQuiet], [2, true])
  assert.equal(resolveDoubt(quiet, at(2, 3), VAGUE), undefined)
  assert.deepEqual(resolveDoubt(quiet, at(2, 2.9), SURE), {
    usual: at(2, 2.9),
    end: { outcome: 'usual-changed', limit: 8 },
  })
})

test('a backend that gets slower little by little is late by what a quarter of them shows', () => {
  const quiet = nextOf(beginDoubt(at(16, 2.4)), at(12, 2.2))
  assert.deepEqual(resolveDoubt(quiet, at(4, 1.1), SURE)?.end, { outcome: 'late', limit: 12 })
  const mild = nextOf(beginDoubt(at(16, 1.8)), at(12, 1.7))
  assert.deepEqual(resolveDoubt(mild, at(4, 1.05), SURE)?.end, { outcome: 'one-too-many', limit: 15 })
})
