import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findBurns } from './incidents.ts'
import type { Piece } from './tape.ts'

const LIMITS = { budgetRatio: 0.01, minBadEvents: 5 }

/** `at: [bad, total]`; a minute that is not named has no row. */
function pieces(rows: Readonly<Record<number, readonly [number, number]>>, length = 1): readonly Piece[] {
  return Object.entries(rows).map(([minute, [bad, total]]) => ({
    ...{ minute: Number(minute), length, good: total - bad, total, excluded: 0, counted: length },
  }))
}

const burnsOf = (rows: readonly Piece[]) =>
  findBurns(rows, LIMITS).map(({ fromMinute, toMinute, sum }) => [
    fromMinute,
    toMinute,
    sum.total - sum.good,
    sum.total,
  ])

const well = (from: number, to: number): Record<number, readonly [number, number]> =>
  Object.fromEntries(Array.from({ length: to - from }, (_, at) => [from + at, [0, 10] as const]))

test('an incident lasts from the first minute that is worse than promised to the last', () => {
  const rows = { ...well(0, 10), 10: [5, 10], 11: [0, 10], 12: [6, 10], ...well(13, 40) } as const
  assert.deepEqual(burnsOf(pieces(rows)), [[10, 13, 11, 30]])
})

test('an incident begins where the burning begins, not at a lone failure before it, and ends where it ends', () => {
  const rows = {
    ...well(0, 60),
    ...({ 20: [1, 10], 29: [2, 10], 35: [9, 10], 36: [10, 10], 38: [8, 10], 44: [1, 10] } as const),
  }
  assert.deepEqual(burnsOf(pieces(rows)), [[35, 39, 27, 40]])
})

test('failures that are few in each minute and many together are an incident from the first to the last', () => {
  const rows = { ...well(0, 40), 10: [2, 10], 14: [2, 10], 18: [2, 10] } as const
  assert.deepEqual(burnsOf(pieces(rows)), [[10, 19, 6, 90]])
})

test('where nothing goes well in between, each failure belongs to it', () => {
  const rows = { ...well(0, 5), 5: [1, 1], 9: [1, 1], 13: [6, 6], 20: [1, 1] } as const
  assert.deepEqual(burnsOf(pieces(rows)), [[5, 21, 9, 9]])
})

test('ten quiet minutes in which something went well end it, nine do not', () => {
  const nine = { 0: [5, 10], ...well(1, 10), 10: [5, 10] } as const
  assert.deepEqual(burnsOf(pieces(nine)), [[0, 11, 10, 110]])
  const ten = { 0: [5, 10], ...well(1, 11), 11: [5, 10] } as const
  assert.deepEqual(burnsOf(pieces(ten)), [
    [0, 1, 5, 10],
    [11, 12, 5, 10],
  ])
})

test('minutes in which nobody came do not end it, an hour of them does', () => {
  const silent = { 0: [3, 3], 30: [3, 3] } as const
  assert.deepEqual(burnsOf(pieces(silent)), [[0, 31, 6, 6]])
  const quietRows = { 0: [5, 5], 20: [0, 0], 30: [5, 5] } as const
  assert.deepEqual(burnsOf(pieces(quietRows)), [[0, 31, 10, 10]])
  const long = { 0: [5, 5], 61: [5, 5] } as const
  assert.deepEqual(burnsOf(pieces(long)), [
    [0, 1, 5, 5],
    [61, 62, 5, 5],
  ])
})

test('few bad requests are chance, and many among very many are within the promise', () => {
  assert.deepEqual(burnsOf(pieces({ 0: [4, 4], ...well(1, 30) })), [])
  const noise: Record<number, readonly [number, number]> = Object.fromEntries(
    Array.from({ length: 100 }, (_, at) => [at, [at % 8 === 0 ? 2 : 0, 100] as const]),
  )
  assert.deepEqual(burnsOf(pieces(noise)), [])
})

test('by the hour, hours that follow each other are one incident and say so', () => {
  const rows = { 0: [0, 600], 60: [50, 600], 120: [60, 600], 180: [0, 600], 240: [9, 600] } as const
  const burns = findBurns(pieces(rows, 60), LIMITS)
  assert.deepEqual(
    burns.map(({ fromMinute, toMinute, isByHour }) => [fromMinute, toMinute, isByHour]),
    [
      [60, 180, true],
      [240, 300, true],
    ],
  )
})

test('one that still goes on at the end of the period is one', () => {
  assert.deepEqual(burnsOf(pieces({ ...well(0, 5), 5: [9, 10] })), [[5, 6, 9, 10]])
  assert.deepEqual(burnsOf([]), [])
})
