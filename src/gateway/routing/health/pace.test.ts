import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from './pace.ts'

function note(pace: Pace, tokensPerSecond: number, times: number, company = 1): boolean[] {
  return Array.from({ length: times }, () => pace.note({ tokensPerSecond, company }))
}

test('three answers in a row at less than a quarter of the usual speed, and one that is not, are told once each', () => {
  const pace = new Pace()
  note(pace, 40, 10)
  assert.equal(pace.baseline, 40)
  assert.deepEqual(note(pace, 4, 4), [false, false, true, false])
  assert.equal(pace.isSlow, true)
  assert.equal(pace.baseline, 40, 'slow answers do not become the usual ones')
  assert.deepEqual(note(pace, 35, 2), [true, false])
  assert.equal(pace.isSlow, false)
})

test('nothing is slow before anything is usual', () => {
  const pace = new Pace()
  assert.deepEqual(note(pace, 40, 7), Array(7).fill(false))
  assert.deepEqual(note(pace, 1, 3), [false, false, false])
  assert.equal(pace.isSlow, false)
})

test('half the usual speed is a busy day', () => {
  const pace = new Pace()
  note(pace, 40, 10)
  note(pace, 15, 20)
  assert.equal(pace.isSlow, false)
})

test('many side by side are slower each, and that is no fault', () => {
  const pace = new Pace()
  note(pace, 40, 10)
  note(pace, 5, 10, 16)
  assert.equal(pace.isSlow, false)
})

test('a few odd answers do not move the baseline', () => {
  const pace = new Pace()
  note(pace, 40, 20)
  note(pace, 4_000, 5)
  assert.equal(pace.baseline, 40)
})
