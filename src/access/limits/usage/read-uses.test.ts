import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { createCalendar } from '../../../core/calendar.ts'
import { createManualClock, systemClock } from '../../../core/clock.ts'
import { Secret } from '../../../core/secret.ts'
import { BudgetJournal } from '../budgets/budget-journal.ts'
import { budgetFile, openSqliteBudgetStore } from '../budgets/sqlite-budget-store.ts'
import { MemoryLedger } from '../ledger/memory-ledger.ts'
import { toRules } from '../rule.ts'
import { createBudgetReader, readUses, type UsesQuestion } from './read-uses.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-uses-'))
after(() => rmSync(folder, { recursive: true }))

const START_MS = Date.UTC(2026, 5, 10, 12)
const rate = { burst: undefined, onStateFailure: undefined }
const RULES = toRules(
  { scope: 'key', name: 'a' },
  {
    requests: [{ amount: 60, period: 'min', ...rate }],
    tokens: [{ amount: 1_000, period: 'h', ...rate }],
    concurrent: { max: 2, onStateFailure: undefined },
    budget: [
      { amount: 1, period: 'day', ...rate },
      { amount: 5, period: 'month', ...rate },
    ],
  },
)
const BUDGETS = RULES.filter(({ kind }) => kind === 'budget')

/** A gateway of one key that keeps its budgets in a folder of its own, and a question beside it. */
function open(timezone = 'UTC') {
  const clock = createManualClock(START_MS)
  const dataDir = mkdtempSync(join(folder, 'data-'))
  const ledger = new MemoryLedger({ clock, calendar: createCalendar(timezone) })
  const file = budgetFile(dataDir)
  const journal = new BudgetJournal({
    ...{ ledger, clock },
    open: (patience) => openSqliteBudgetStore(file, patience),
    onState: () => assert.fail('the file can be written'),
  })
  journal.start()
  const spend = (micros: number) => ledger.reserve({ id: '', rules: BUDGETS, tokens: 0, micros })
  const ask = (more: Partial<UsesQuestion> = {}) =>
    readUses({ rules: RULES, state: undefined, timezone, dataDir, hasPrices: true, clock, ...more })
  return { clock, ledger, spend, ask }
}

test('budgets read beside the gateway are what it would refuse by, also when days and months begin', async () => {
  for (const timezone of ['UTC', 'Asia/Shanghai', 'America/St_Johns']) {
    const { clock, ask, spend } = open(timezone)
    const steps = [0, 1, 60_000, 3_600_000, 86_400_000, 20 * 86_400_000, 40 * 86_400_000]
    for (const [index, stepMs] of steps.entries()) {
      clock.advance(stepMs)
      spend(250_000 + index)
      clock.advance(1_000)
      const { uses, problem } = await ask()
      const seen = spend(0)
      assert.equal(problem, undefined)
      for (const [at, rule] of BUDGETS.entries()) {
        const use = uses.get(rule.id)
        assert.ok(use !== undefined && !('unknown' in use))
        assert.deepEqual(
          [use.left, use.resetMs],
          [seen.remaining[at], seen.resetMs[at]],
          `${timezone} ${index}`,
        )
        assert.equal(use.used + use.left, rule.capacity)
      }
    }
  }
})

test('what is in the memory of a gateway is not guessed', async () => {
  const { ask } = open()
  const { uses } = await ask()
  assert.deepEqual(
    RULES.map(({ id, kind }) => [kind, uses.get(id)]).slice(0, 3),
    (['requests', 'tokens', 'concurrent'] as const).map((kind) => [kind, { unknown: 'in_memory' }]),
  )
})

test('a settlement above the budget shows as more than all of it', async () => {
  const { clock, ledger, spend, ask } = open()
  const decision = spend(900_000)
  ledger.settle(decision, { tokens: 0, micros: 1_300_000 })
  clock.advance(1_000)
  const use = (await ask()).uses.get(BUDGETS[0]?.id ?? '')
  assert.deepEqual(use, { used: 1_300_000, left: 0, resetMs: 12 * 3_600_000 - 1_000 })
})

test('of several rows of one budget the period that began last counts', () => {
  const [rule] = BUDGETS
  assert.ok(rule !== undefined)
  const dayMs = 86_400_000
  const midnightMs = Date.UTC(2026, 5, 10)
  const rows = [midnightMs, midnightMs - dayMs / 2].map((startMs, index) => ({
    ...{ id: rule.id, startMs, endMs: startMs + dayMs, micros: 10 ** index },
  }))
  assert.equal(createBudgetReader(rows, { timezone: 'UTC', wallMs: START_MS })(rule).used, 1)
  assert.equal(createBudgetReader(rows.toReversed(), { timezone: 'UTC', wallMs: START_MS })(rule).used, 1)
})

test('looking makes no file and no folder, and where nothing is kept nothing is known', async () => {
  const dataDir = join(folder, 'nowhere')
  const { ask } = open()
  const { uses, problem } = await ask({ dataDir })
  assert.deepEqual([uses.get(BUDGETS[0]?.id ?? ''), problem], [{ unknown: 'none_kept' }, undefined])
  assert.ok(!readdirSync(folder).includes('nowhere'))
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  new DatabaseSync(budgetFile(empty)).close()
  assert.deepEqual((await ask({ dataDir: empty })).uses.get(BUDGETS[0]?.id ?? ''), { unknown: 'none_kept' })
})

test('a file that is damaged or another one is a problem with its name, and no 0', async () => {
  const dataDir = mkdtempSync(join(folder, 'damaged-'))
  const ask = (more: Partial<UsesQuestion> = {}) => open().ask({ dataDir, ...more })
  writeFileSync(
    budgetFile(dataDir),
    'no database at all, but long enough to be taken for one at a first glance'.repeat(20),
  )
  const { uses, problem } = await ask()
  assert.deepEqual(uses.get(BUDGETS[1]?.id ?? ''), { unknown: 'unreadable' })
  assert.match(problem ?? '', /^the spent budgets in .*budgets\.db cannot be read: .*not a database/)
  assert.deepEqual((await ask({ rules: RULES.slice(0, 3) })).problem, undefined, 'nobody asked for budgets')
})

test('without a price no budget is ever spent, whatever a file says', async () => {
  const { ask, spend, clock } = open()
  spend(500_000)
  clock.advance(1_000)
  assert.deepEqual((await ask({ hasPrices: false })).uses.get(BUDGETS[0]?.id ?? ''), { unknown: 'unpriced' })
})

test('a shared state that refuses leaves everything open, says where it is, and does not say its password', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => void server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  const state = {
    url: {
      secret: new Secret(`redis://me:hush@127.0.0.1:${port}`),
      shown: `redis://me:hidden@127.0.0.1:${port}`,
    },
    ...{ timeout: 50, replicas: 1, prefix: 'weir', failures: 5, probe: 60_000, cluster: false },
  }
  const { ask } = open()
  const { uses, problem } = await ask({ state, clock: systemClock })
  for (const { id } of RULES) assert.deepEqual(uses.get(id), { unknown: 'unreachable' })
  assert.match(problem ?? '', /redis:\/\/me:hidden@127\.0\.0\.1:\d+\) cannot be asked .*ECONNREFUSED/)
  assert.ok(!problem?.includes('hush'))
  const { problem: none } = await ask({ state, clock: systemClock, rules: [] })
  assert.equal(none, undefined, 'without limits there is nothing to ask')
})
