import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { createManualClock, type ManualClock } from '../../../core/clock.ts'
import { createCalendar } from '../../../core/calendar.ts'
import { MemoryLedger } from '../ledger/memory-ledger.ts'
import { toRules } from '../rule.ts'
import { BudgetJournal } from './budget-journal.ts'
import type { BudgetStore, Patience } from './budget-store.ts'
import { openSqliteBudgetStore } from './sqlite-budget-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-budgets-'))
after(() => rmSync(folder, { recursive: true }))

const START_MS = Date.parse('2026-11-21T12:00:00Z')
const RULES = toRules(
  { scope: 'key', name: 'a' },
  { budget: [{ amount: 1, period: 'month', burst: undefined, onStateFailure: undefined }] },
)

interface Process {
  readonly clock: ManualClock
  readonly ledger: MemoryLedger
  readonly journal: BudgetJournal
  readonly told: boolean[]
  readonly spend: (micros: number) => number | undefined
}

function start(open: (patience: Patience) => BudgetStore, startMs = START_MS): Process {
  const clock = createManualClock(startMs)
  const ledger = new MemoryLedger({ clock, calendar: createCalendar('UTC') })
  const told: boolean[] = []
  const journal = new BudgetJournal({ ledger, clock, open, onState: (works) => void told.push(works) })
  journal.start()
  const spend = (micros: number): number | undefined => {
    const decision = ledger.reserve({ id: '', rules: RULES, tokens: 0, micros })
    return decision.refused === -1 ? decision.remaining[0] : undefined
  }
  return { clock, ledger, journal, told, spend }
}

test('what was spent is still spent after a restart', () => {
  const file = join(folder, 'new', 'budgets.db')
  const first = start(() => openSqliteBudgetStore(file))
  assert.equal(first.spend(600_000), 400_000)
  first.journal.close()
  const second = start(() => openSqliteBudgetStore(file))
  assert.equal(second.spend(100_000), 300_000)
  assert.equal(second.spend(400_000), undefined)
  second.journal.close()
})

test('a process that is killed loses at most its last second', () => {
  const file = join(folder, 'killed.db')
  const first = start(() => openSqliteBudgetStore(file))
  first.spend(100_000)
  first.clock.advance(1_000)
  first.spend(200_000)
  const second = start(() => openSqliteBudgetStore(file))
  assert.equal(second.spend(0), 900_000)
  for (const { journal } of [first, second]) journal.close()
})

test('what is given back is given back on disk as well', () => {
  const file = join(folder, 'back.db')
  const first = start(() => openSqliteBudgetStore(file))
  const decision = first.ledger.reserve({ id: '', rules: RULES, tokens: 0, micros: 500_000 })
  first.clock.advance(1_000)
  first.ledger.settle(decision, { tokens: 0, micros: 20_000 })
  first.journal.close()
  const second = start(() => openSqliteBudgetStore(file))
  assert.equal(second.spend(0), 980_000)
  second.journal.close()
})

test('two gateways over one folder add up what both have spent', () => {
  const file = join(folder, 'two.db')
  const both = [start(() => openSqliteBudgetStore(file)), start(() => openSqliteBudgetStore(file))]
  for (const { spend, journal } of both) {
    spend(300_000)
    journal.close()
  }
  const third = start(() => openSqliteBudgetStore(file))
  assert.equal(third.spend(0), 400_000)
  third.journal.close()
})

test('another month begins with nothing spent', () => {
  const file = join(folder, 'month.db')
  const first = start(() => openSqliteBudgetStore(file))
  first.spend(900_000)
  first.journal.close()
  const second = start(() => openSqliteBudgetStore(file), Date.parse('2026-12-01T00:00:00Z'))
  assert.equal(second.spend(900_000), 100_000)
  second.journal.close()
})

test('a file that is no database is told once, and budgets are counted without it', () => {
  const file = join(folder, 'broken.db')
  writeFileSync(
    file,
    'this is no database, and much longer than a header of one would be, so that it is read as one',
  )
  const process = start(() => openSqliteBudgetStore(file))
  assert.deepEqual(process.told, [false])
  assert.equal(process.spend(600_000), 400_000)
  process.clock.advance(5_000)
  assert.deepEqual(process.told, [false])
  process.journal.close()
})

test('what could not be written is written when it can be', () => {
  const file = join(folder, 'full.db')
  const real = openSqliteBudgetStore(file)
  let isFull = true
  const process = start(() => ({
    ...real,
    add(changes) {
      if (isFull) throw new TypeError('database or disk is full')
      real.add(changes)
    },
  }))
  process.spend(100_000)
  process.clock.advance(3_000)
  process.spend(100_000)
  process.clock.advance(1_000)
  isFull = false
  process.clock.advance(1_000)
  assert.deepEqual(process.told, [false, true])
  process.journal.close()
  const second = start(() => openSqliteBudgetStore(file))
  assert.equal(second.spend(0), 800_000)
  second.journal.close()
})

/** Another program has the file for itself. */
function lock(file: string): DatabaseSync {
  const other = new DatabaseSync(file)
  other.exec('BEGIN EXCLUSIVE')
  return other
}

test('a file that another program has locked is not waited for, and written when it is free', () => {
  const file = join(folder, 'locked.db')
  const process = start((patience) => openSqliteBudgetStore(file, patience))
  const other = lock(file)
  process.spend(100_000)
  const startedMs = performance.now()
  process.clock.advance(1_000)
  assert.deepEqual(process.told, [], 'once is no news')
  process.clock.advance(19_000)
  // Twenty times in vain, and less time than one wait for a lock would have taken.
  assert.ok(performance.now() - startedMs < 200)
  assert.deepEqual(process.told, [false])
  other.close()
  process.clock.advance(1_000)
  assert.deepEqual(process.told, [false, true])
  process.journal.close()
  const second = start(() => openSqliteBudgetStore(file))
  assert.equal(second.spend(0), 900_000)
  second.journal.close()
})

test('a file that is locked at the start is read later, and what was spent meanwhile is added to it', () => {
  const file = join(folder, 'late.db')
  const first = start(() => openSqliteBudgetStore(file))
  first.spend(600_000)
  first.journal.close()
  const other = lock(file)
  const second = start((patience) => openSqliteBudgetStore(file, patience))
  assert.deepEqual(second.told, [false])
  assert.equal(second.spend(100_000), 900_000)
  second.clock.advance(2_000)
  other.close()
  second.clock.advance(1_000)
  assert.deepEqual(second.told, [false, true])
  assert.equal(second.spend(0), 300_000)
  second.journal.close()
  const third = start(() => openSqliteBudgetStore(file))
  assert.equal(third.spend(0), 300_000)
  third.journal.close()
})

test('what was spent is for nobody else to read, wherever the file lies', () => {
  const file = join(folder, 'private.db')
  const process = start(() => openSqliteBudgetStore(file))
  process.spend(100_000)
  process.clock.advance(1_000)
  for (const each of [file, `${file}-wal`, `${file}-shm`])
    assert.equal(statSync(each).mode & 0o777, 0o600, each)
  process.journal.close()
})
