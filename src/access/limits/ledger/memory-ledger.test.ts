// What the ledger in memory has beside the contract (test/contract/ledger-suite.ts): its bounds and its time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../../core/clock.ts'
import { createCalendar } from '../../../core/calendar.ts'
import { toRules, type Rule } from '../rule.ts'
import { MemoryLedger } from './memory-ledger.ts'

const rulesOf = (name: string, amount = 10): readonly Rule[] =>
  toRules(
    { scope: 'key', name },
    {
      requests: [{ amount, period: 'min', burst: undefined, onStateFailure: undefined }],
      concurrent: { max: 2, onStateFailure: undefined },
      budget: [{ amount: 1, period: 'day', burst: undefined, onStateFailure: undefined }],
    },
  )

function create(maxCounters?: number) {
  const clock = createManualClock(Date.parse('2026-11-21T12:00:00Z'))
  const ledger = new MemoryLedger({
    clock,
    calendar: createCalendar('UTC'),
    ...(maxCounters === undefined ? {} : { maxCounters }),
  })
  return {
    clock,
    ledger,
    ask: (rules: readonly Rule[]) => ledger.reserve({ id: '', rules, tokens: 0, micros: 1 }),
  }
}

test('counters that say nothing fall out, those that say something stay', () => {
  const { clock, ledger, ask } = create()
  const done = ask(rulesOf('gone'))
  ledger.settle(done, { tokens: 0, micros: 0 })
  ask(rulesOf('here'))
  ledger.takeChanges()
  assert.equal(ledger.size, 6)
  clock.advance(30_000)
  assert.equal(ledger.size, 6)
  // Requests have come back and the slot is free; the day of the budgets is not over, and one slot is held.
  clock.advance(30_000)
  assert.equal(ledger.size, 2)
  clock.advance(24 * 3_600_000)
  assert.equal(ledger.size, 0)
})

test('however many owners there are, memory is bounded, and those asked last are kept', () => {
  const { clock, ledger, ask } = create(100)
  for (let count = 0; count < 1_000; count += 1) {
    ask(rulesOf(`key-${count}`, 1))
    clock.advance(1)
  }
  assert.ok(ledger.size <= 100, String(ledger.size))
  assert.equal(ask(rulesOf('key-999', 1)).refused, 0)
})

test('a jump of the wall clock moves no rate and frees no slot', () => {
  const { clock, ask } = create()
  const rules = rulesOf('a').slice(0, 2)
  for (let count = 0; count < 2; count += 1) ask(rules)
  clock.jumpWall(3_600_000)
  assert.deepEqual(ask(rules).refused, 1)
  clock.jumpWall(-7_200_000)
  assert.deepEqual(ask(rules).remaining, [8, 0])
})
