// What becomes of requests while the shared state fails, without any server: its answers are made here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '../../core/clock.ts'
import { createCalendar } from '../../core/calendar.ts'
import type { Ask, Decision } from './ledger/ledger.ts'
import { MemoryLedger } from './ledger/memory-ledger.ts'
import { toRules, type Rule } from './rule.ts'
import { LedgerUnavailable, SharedLedger } from './shared-ledger.ts'

interface Stage {
  readonly clock: ManualClock
  readonly ledger: SharedLedger
  /** What the server was told, in order. */
  readonly told: string[]
  readonly changes: string[]
  lost: number
  works: boolean
}

const limit = (amount: number, onStateFailure: 'open' | 'closed' | undefined = undefined): readonly Rule[] =>
  toRules(
    { scope: 'key', name: 'a' },
    {
      requests: [{ amount, period: 'day', burst: undefined, onStateFailure }],
      concurrent: { max: 100, onStateFailure: undefined },
    },
  )
const RULES = limit(10)
const BUDGET = toRules(
  { scope: 'key', name: 'a' },
  { budget: [{ amount: 4, period: 'day', burst: undefined, onStateFailure: 'open' }] },
)

function createStage(): Stage {
  const clock = createManualClock()
  const calendar = createCalendar('UTC')
  const there = new MemoryLedger({ clock, calendar })
  const say = (what: string): Promise<void> => {
    if (!stage.works) return Promise.reject(new TypeError('no answer'))
    stage.told.push(what)
    return Promise.resolve()
  }
  const remote = {
    reserve: async (ask: Ask): Promise<Decision> => {
      await say(`reserve ${ask.id}`)
      // Not the class of the ledger in memory: nobody may take one for the other.
      return { ...there.reserve(ask) }
    },
    settle: (decision: Decision) => say(`settle ${decision.id}`),
    cancel: (ask: Ask) => say(`cancel ${ask.id}`),
    charge: (ask: Ask, micros: number) => say(`charge ${ask.id} ${micros}`),
    renew: (decision: Decision) => say(`renew ${decision.id}`),
    probe: () => say('probe'),
    close: () => undefined,
  }
  const stage: Stage = {
    clock,
    told: [],
    changes: [],
    lost: 0,
    works: true,
    ledger: new SharedLedger({
      remote,
      local: new MemoryLedger({ clock, calendar, leaseMs: Infinity }),
      clock,
      replicas: 2,
      failures: 5,
      probeMs: 60_000,
      onChange: (change) => void stage.changes.push(change),
      onLost: (count) => void (stage.lost += count),
    }),
  }
  return stage
}

let asked = 0
const ask = async ({ ledger }: Stage, rules = RULES, micros = 0): Promise<Decision> => {
  asked += 1
  return ledger.reserve({ id: `q${asked}`, rules, tokens: 0, micros })
}
const settleAll = async (turns = 20): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
}

test('five failures in a row open the breaker, four and a success do not', async () => {
  const stage = createStage()
  for (let round = 0; round < 3; round += 1) {
    stage.works = false
    for (let count = 0; count < 4; count += 1) await ask(stage)
    stage.works = true
    await ask(stage)
    await settleAll()
  }
  assert.equal(stage.ledger.state, 'closed')
  stage.works = false
  for (let count = 0; count < 5; count += 1) await ask(stage)
  assert.deepEqual([stage.ledger.state, stage.changes], ['open', ['open']])
})

test('while it is open nobody asks and nobody waits, and each gateway allows its share', async () => {
  const stage = createStage()
  stage.ledger.giveUp('gone')
  stage.works = true
  let granted = 0
  for (let count = 0; count < 12; count += 1) {
    asked += 1
    const decision = stage.ledger.reserve({ id: `q${asked}`, rules: RULES, tokens: 0, micros: 0 })
    assert.ok(!(decision instanceof Promise), 'no promise')
    if (decision.refused === -1) granted += 1
  }
  assert.equal(granted, 5)
  assert.deepEqual(stage.told, [])
})

test('a closed limit is refused, by name, until the next probe at the latest', async () => {
  const stage = createStage()
  const rules = limit(10, 'closed')
  stage.works = false
  await assert.rejects(ask(stage, rules), LedgerUnavailable)
  stage.ledger.giveUp('gone')
  stage.clock.advance(15_000)
  await assert.rejects(ask(stage, rules), (thrown: unknown) => {
    assert.ok(thrown instanceof LedgerUnavailable)
    assert.deepEqual([thrown.rule.kind, thrown.retryAfterMs], ['requests', 45_000])
    return true
  })
})

test('a probe that succeeds closes it, and what was not told is told then, once', async () => {
  const stage = createStage()
  const before = await ask(stage)
  stage.works = false
  const [alone] = [await ask(stage)]
  stage.ledger.giveUp('gone')
  await stage.ledger.settle(before, { tokens: 0, micros: 0 })
  await stage.ledger.settle(alone, { tokens: 0, micros: 0 })
  assert.equal(stage.ledger.waiting, 2)
  stage.clock.advance(60_000)
  await settleAll()
  assert.equal(stage.ledger.state, 'open')
  stage.told.length = 0
  stage.works = true
  stage.clock.advance(60_000)
  await settleAll()
  assert.deepEqual(stage.told, ['probe', `cancel ${alone.id}`, `settle ${before.id}`])
  assert.deepEqual([stage.ledger.waiting, stage.changes], [0, ['open', 'closed']])
})

test('money that was spent meanwhile is charged later; nothing else is', async () => {
  const stage = createStage()
  stage.ledger.giveUp('gone')
  const decision = await ask(stage, BUDGET, 500_000)
  await stage.ledger.settle(decision, { tokens: 9, micros: 300_000 })
  await stage.ledger.settle(await ask(stage), { tokens: 9, micros: 1 })
  stage.clock.advance(60_000)
  await settleAll()
  assert.deepEqual(stage.told, ['probe', `charge ${decision.id} 300000`])
})

test('what cannot be told is bounded, and what is given up is counted', async () => {
  const stage = createStage()
  const decision = await ask(stage)
  stage.ledger.giveUp('gone')
  for (let count = 0; count < 10_005; count += 1)
    await stage.ledger.settle({ ...decision }, { tokens: 0, micros: 0 })
  assert.deepEqual([stage.ledger.waiting, stage.lost], [10_000, 5])
})

test('what one lost answer left behind is taken back in a second, also when nobody asks again', async () => {
  const stage = createStage()
  stage.works = false
  const { id } = await ask(stage)
  stage.works = true
  stage.clock.advance(999)
  await settleAll()
  assert.deepEqual(stage.told, [])
  stage.clock.advance(1)
  await settleAll()
  assert.deepEqual(stage.told, [`cancel ${id}`])
  assert.equal(stage.ledger.waiting, 0)
})

test('what still fails then is tried again, until the breaker opens', async () => {
  const stage = createStage()
  stage.works = false
  await ask(stage)
  for (let second = 0; second < 3; second += 1) {
    stage.clock.advance(1_000)
    await settleAll()
    assert.equal(stage.ledger.state, 'closed')
  }
  stage.clock.advance(1_000)
  await settleAll()
  assert.deepEqual([stage.ledger.state, stage.ledger.waiting], ['open', 1])
})

test('a flush waits for the settlements that are on their way', async () => {
  const stage = createStage()
  const decision = await ask(stage)
  stage.told.length = 0
  void stage.ledger.settle(decision, { tokens: 0, micros: 0 })
  let flushed = false
  const flush = stage.ledger.flush().then(() => (flushed = true))
  assert.equal(flushed, false)
  await flush
  assert.deepEqual(stage.told, [`settle ${decision.id}`])
})

test('a settlement that fails while a flush waits for it is told again by that flush', async () => {
  const stage = createStage()
  const decision = await ask(stage)
  stage.works = false
  void stage.ledger.settle(decision, { tokens: 0, micros: 0 })
  stage.works = true
  stage.told.length = 0
  await stage.ledger.flush()
  assert.deepEqual([stage.told, stage.ledger.waiting], [[`settle ${decision.id}`], 0])
})
