import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ledger } from './ledger.ts'

test('started is what ended plus what is in flight, and sums are of what ended', () => {
  const ledger = new Ledger(10)
  const [a, b] = [ledger.open('a', 'POST', '/x'), ledger.open('b', 'POST', '/x')]
  a.bytesWritten = 100
  a.tokensWritten = 3
  b.bytesWritten = 7
  ledger.close(a, 'complete')
  assert.deepEqual([ledger.snapshot().totals.inFlight, ledger.snapshot().totals.bytesWritten], [1, 100])
  ledger.close(b, 'client-left')
  const { totals, entries } = ledger.snapshot()
  assert.deepEqual(
    [totals.started, totals.inFlight, totals.ended.complete, totals.ended['client-left']],
    [2, 0, 1, 1],
  )
  assert.deepEqual([totals.bytesWritten, totals.tokensWritten], [107, 3])
  assert.deepEqual(
    entries.map((entry) => entry.clientLeftAtMs === entry.endedAtMs),
    [false, true],
  )
})

test('an entry ends once: the first reason stays', () => {
  const ledger = new Ledger(10)
  const entry = ledger.open('a', 'POST', '/x')
  ledger.close(entry, 'cut')
  ledger.close(entry, 'client-left')
  assert.deepEqual([entry.ended, ledger.snapshot().totals.ended['client-left']], ['cut', 0])
})

test('it keeps the last entries in order and says how many it forgot', () => {
  const ledger = new Ledger(3)
  for (const id of 'abcde') ledger.open(id, 'POST', '/x')
  const ids = (last?: number): string =>
    ledger
      .snapshot(last)
      .entries.map((entry) => entry.id)
      .join('')
  assert.deepEqual([ids(), ids(2), ids(0), ledger.snapshot().forgotten], ['cde', 'de', '', 2])
  ledger.resize(2)
  assert.deepEqual([ids(), ledger.snapshot().forgotten], ['de', 3])
  ledger.resize(4)
  for (const id of 'fgh') ledger.open(id, 'POST', '/x')
  assert.equal(ids(), 'efgh')
  ledger.resize(0)
  ledger.open('i', 'POST', '/x')
  assert.deepEqual([ids(), ledger.snapshot().totals.started], ['', 9])
})

test('after a reset, what was in flight before it is not counted', () => {
  const ledger = new Ledger(3)
  const before = ledger.open('a', 'POST', '/x')
  ledger.reset()
  const after = ledger.open('b', 'POST', '/x')
  ledger.close(before, 'complete')
  ledger.close(after, 'complete')
  const { totals, entries } = ledger.snapshot()
  assert.deepEqual([totals.started, totals.inFlight, totals.ended.complete, entries.length], [1, 0, 1, 1])
})

test('a snapshot is a copy', () => {
  const ledger = new Ledger(3)
  ledger.open('a', 'POST', '/x')
  const snapshot = ledger.snapshot()
  snapshot.totals.started = 99
  for (const entry of snapshot.entries) entry.id = 'changed'
  assert.deepEqual([ledger.snapshot().totals.started, ledger.snapshot().entries[0]?.id], [1, 'a'])
})
