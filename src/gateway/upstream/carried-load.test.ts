import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { carriesLoad, type Carrier } from './carried-load.ts'
import { Deadlines, type Expiring } from './deadline.ts'

const waiter = (backend: string, model: string): Expiring => ({
  deadlineMs: Infinity,
  rosterIndex: -1,
  onDeadline: () => undefined,
  awaits: (name, asked) => name === backend && asked === model,
})

const carrier = (
  startedMs: number,
  given: { isDetached?: boolean; model?: string; backend?: string } = {},
): Carrier => {
  const { isDetached = false, model = 'm', backend = 'a' } = given
  return { ...waiter(backend, model), backend: { name: backend }, model, startedMs, isDetached }
}

function carries(attempt: Carrier, ...others: Expiring[]): boolean {
  const deadlines = new Deadlines(createManualClock())
  for (const each of [attempt, ...others]) deadlines.add(each)
  const answer = carriesLoad(attempt, deadlines)
  deadlines.close()
  return answer
}

test('alone it carries nothing, with somebody behind it it does', () => {
  assert.equal(carries(carrier(0)), false)
  assert.equal(carries(carrier(0), carrier(1)), true)
  assert.equal(carries(carrier(0), waiter('a', 'm')), true, 'who waits for a slot counts')
})

test('whoever came later set nothing off', () => {
  assert.equal(carries(carrier(2), carrier(1), carrier(3)), false)
})

test('another model, and another backend, is another load', () => {
  assert.equal(
    carries(carrier(0), carrier(1, { model: 'n' }), carrier(1, { backend: 'b' }), waiter('a', 'n')),
    false,
  )
})

test('one that was kept already carries the load for everybody', () => {
  assert.equal(carries(carrier(1), carrier(0, { isDetached: true }), carrier(2)), false)
  assert.equal(carries(carrier(0, { isDetached: true }), carrier(1)), true)
})

test('entries that wait for no load are nobody', () => {
  assert.equal(carries(carrier(0), { deadlineMs: 1, rosterIndex: -1, onDeadline: () => undefined }), false)
})
