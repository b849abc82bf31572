import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toPresence } from './presence.ts'

const SPAN = { fromMinute: 100, toMinute: 130 }

const tape = (...minutes: readonly (readonly [minute: number, length: number])[]) => ({
  ...{ ...SPAN, hoursOnly: 0, isRounded: false },
  pieces: minutes.map(([minute, length]) => ({
    ...{ minute, length, good: 0, total: 0, excluded: 0, counted: length },
  })),
})

test('whoever has been there without a break has watched since then', () => {
  const presence = toPresence([tape([105, 10])], SPAN)
  assert.ok(presence)
  assert.deepEqual([100, 104, 105, 106, 114].map(presence.watchedAt), [0, 0, 0, 1, 9])
  assert.equal(presence.missing, 20)
})

test('a restart of a minute or two is no break, three minutes are', () => {
  const short = toPresence([tape([100, 10], [112, 10])], SPAN)
  assert.equal(short?.watchedAt(121), 21)
  const long = toPresence([tape([100, 10], [113, 10])], SPAN)
  assert.deepEqual([long?.watchedAt(112), long?.watchedAt(122)], [0, 9])
})

test('whoever counted for any objective was there, and where nobody ever was nobody knows', () => {
  assert.equal(toPresence([tape([100, 5]), tape([105, 5])], SPAN)?.watchedAt(109), 9)
  assert.equal(toPresence([tape()], SPAN), undefined)
})

test('an hour that reaches over the span counts within it', () => {
  const presence = toPresence([tape([60, 60])], SPAN)
  assert.deepEqual([presence?.watchedAt(119), presence?.missing], [19, 10])
})
