// What every ledger must do, whatever it counts in. Implementations subscribe in ledger.test.ts.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { LEASE_MS, SLOT_WAIT_MS, type Decision, type Ledger } from '../../src/access/limits/ledger/ledger.ts'
import { toRules, type Rule } from '../../src/access/limits/rule.ts'
import { parseRate } from '../../src/core/rates.ts'

/** A ledger whose time is the test's. */
export interface LedgerStage {
  readonly ledger: Ledger
  /** Moves every clock it knows. */
  advance(ms: number): void
  readonly nowMs: () => number
  close(): Promise<void>
}

export const START_MS = Date.parse('2026-11-21T12:00:00Z')
const HOUR_MS = 3_600_000

/** `{ requests: '60/min' }` as rules of a key with this name. */
export function rulesOf(name: string, written: Readonly<Record<string, string | number>>): readonly Rule[] {
  const limits: Record<string, unknown> = {}
  for (const [kind, value] of Object.entries(written)) {
    const rate = typeof value === 'string' ? parseRate(value) : undefined
    limits[kind] =
      rate === undefined
        ? { max: value, onStateFailure: undefined }
        : [{ ...rate, burst: undefined, onStateFailure: undefined }]
  }
  return toRules({ scope: 'key', name }, limits)
}

let asked = 0

/** Asks with an id of its own. */
export async function ask(
  stage: LedgerStage,
  rules: readonly Rule[],
  { tokens = 0, micros = 0 }: { tokens?: number; micros?: number } = {},
): Promise<Decision> {
  asked += 1
  return stage.ledger.reserve({ id: `r${asked}`, rules, tokens, micros })
}

type Case = (stage: LedgerStage, name: string) => Promise<void>

const CASES: Readonly<Record<string, Case>> = {
  'a limit of N lets N through at once and not one more': async (stage, name) => {
    const rules = rulesOf(name, { requests: '5/min' })
    for (let left = 4; left >= 0; left -= 1) {
      const decision = await ask(stage, rules)
      assert.deepEqual([decision.refused, decision.remaining], [-1, [left]])
    }
    const refused = await ask(stage, rules)
    assert.deepEqual([refused.refused, refused.retryAfterMs, refused.remaining], [0, 12_000, [0]])
    assert.deepEqual(refused.resetMs, [60_000])
  },
  'what was used comes back evenly': async (stage, name) => {
    const rules = rulesOf(name, { requests: '5/min' })
    for (let count = 0; count < 5; count += 1) await ask(stage, rules)
    stage.advance(11_999)
    assert.equal((await ask(stage, rules)).retryAfterMs, 1)
    stage.advance(1)
    assert.equal((await ask(stage, rules)).refused, -1)
    assert.equal((await ask(stage, rules)).refused, 0)
    stage.advance(HOUR_MS)
    assert.deepEqual((await ask(stage, rules)).remaining, [4])
  },
  'several limits are granted together or not at all': async (stage, name) => {
    const rules = rulesOf(name, { requests: '10/min', tokens: '100/min', concurrent: 1 })
    const first = await ask(stage, rules, { tokens: 60 })
    assert.deepEqual([first.refused, first.remaining], [-1, [9, 40, 0]])
    const second = await ask(stage, rules, { tokens: 60 })
    assert.deepEqual([second.refused, second.retryAfterMs], [1, 12_000])
    assert.deepEqual(second.remaining, [9, 40, 0])
    await stage.ledger.settle(first, { tokens: 60, micros: 0 })
    assert.deepEqual((await ask(stage, rules, { tokens: 40 })).remaining, [8, 0, 0])
  },
  'what was set aside and not used is given back': async (stage, name) => {
    const rules = rulesOf(name, { tokens: '1000/day' })
    const decision = await ask(stage, rules, { tokens: 900 })
    await stage.ledger.settle(decision, { tokens: 100, micros: 0 })
    assert.deepEqual((await ask(stage, rules, { tokens: 900 })).remaining, [0])
  },
  'what was used beyond it is a debt that is worked off': async (stage, name) => {
    const rules = rulesOf(name, { tokens: '600/min' })
    const decision = await ask(stage, rules, { tokens: 100 })
    await stage.ledger.settle(decision, { tokens: 1_200, micros: 0 })
    const refused = await ask(stage, rules, { tokens: 10 })
    assert.deepEqual([refused.refused, refused.retryAfterMs, refused.remaining], [0, 61_000, [0]])
    assert.equal((await ask(stage, rules, { tokens: 0 })).refused, -1)
    stage.advance(61_000)
    assert.equal((await ask(stage, rules, { tokens: 10 })).refused, -1)
  },
  'a debt that takes ages to work off is counted like any other': async (stage, name) => {
    const rules = rulesOf(name, { tokens: '1/month' })
    const decision = await ask(stage, rules, { tokens: 1 })
    await stage.ledger.settle(decision, { tokens: 1e9, micros: 0 })
    const refused = await ask(stage, rules, { tokens: 1 })
    assert.deepEqual([refused.refused, refused.remaining], [0, [0]])
    assert.ok(refused.retryAfterMs > 1e18, String(refused.retryAfterMs))
  },
  'a second settlement changes nothing': async (stage, name) => {
    const rules = rulesOf(name, { tokens: '1000/day', concurrent: 2, budget: '1/day' })
    const [one, other] = [
      await ask(stage, rules, { tokens: 500, micros: 500_000 }),
      await ask(stage, rules, { tokens: 500, micros: 500_000 }),
    ]
    for (let time = 0; time < 2; time += 1) await stage.ledger.settle(one, { tokens: 100, micros: 100_000 })
    const third = await ask(stage, rules, { tokens: 400, micros: 400_000 })
    assert.deepEqual([third.refused, third.remaining], [-1, [0, 0, 0]])
    for (const each of [other, third]) await stage.ledger.settle(each, { tokens: 0, micros: 0 })
    assert.deepEqual((await ask(stage, rules)).remaining, [900, 1, 900_000])
  },
  'what was refused has nothing to settle': async (stage, name) => {
    const rules = rulesOf(name, { tokens: '100/day' })
    await ask(stage, rules, { tokens: 100 })
    const refused = await ask(stage, rules, { tokens: 50 })
    await stage.ledger.settle(refused, { tokens: 0, micros: 0 })
    assert.equal((await ask(stage, rules, { tokens: 1 })).refused, 0)
  },
  'slots are freed when they are settled': async (stage, name) => {
    const rules = rulesOf(name, { concurrent: 2 })
    const [one] = [await ask(stage, rules), await ask(stage, rules)]
    const refused = await ask(stage, rules)
    assert.deepEqual([refused.refused, refused.retryAfterMs, refused.resetMs], [0, SLOT_WAIT_MS, [0]])
    await stage.ledger.settle(one, { tokens: 0, micros: 0 })
    assert.deepEqual((await ask(stage, rules)).remaining, [0])
  },
  'slots of somebody who does not renew are freed in time': async (stage, name) => {
    const rules = rulesOf(name, { concurrent: 2 })
    const [dead, alive] = [await ask(stage, rules), await ask(stage, rules)]
    stage.advance(LEASE_MS / 2)
    await stage.ledger.renew(alive)
    stage.advance(LEASE_MS / 2)
    assert.deepEqual((await ask(stage, rules)).remaining, [0])
    await stage.ledger.renew(dead)
    await stage.ledger.settle(dead, { tokens: 0, micros: 0 })
    assert.equal((await ask(stage, rules)).refused, 0)
  },
  'a budget is spent within its calendar period and is there again in the next': async (stage, name) => {
    const rules = rulesOf(name, { budget: '1/day' })
    const decision = await ask(stage, rules, { micros: 900_000 })
    assert.deepEqual([decision.remaining, decision.resetMs], [[100_000], [12 * HOUR_MS]])
    const refused = await ask(stage, rules, { micros: 200_000 })
    assert.deepEqual([refused.refused, refused.retryAfterMs], [0, 12 * HOUR_MS])
    assert.equal((await ask(stage, rules, { micros: 0 })).refused, -1)
    stage.advance(12 * HOUR_MS - 1)
    assert.equal((await ask(stage, rules, { micros: 200_000 })).refused, 0)
    stage.advance(1)
    const next = await ask(stage, rules, { micros: 200_000 })
    assert.deepEqual([next.refused, next.remaining, next.resetMs], [-1, [800_000], [24 * HOUR_MS]])
    // Settled now, it belongs to yesterday.
    await stage.ledger.settle(decision, { tokens: 0, micros: 0 })
    assert.deepEqual((await ask(stage, rules)).remaining, [800_000])
  },
  'of several refusals the longest wait is told': async (stage, name) => {
    const rules = rulesOf(name, { requests: '60/min', tokens: '60/h', concurrent: 1 })
    await ask(stage, rules, { tokens: 60 })
    const refused = await ask(stage, rules, { tokens: 60 })
    assert.deepEqual([refused.refused, refused.retryAfterMs], [1, HOUR_MS])
  },
  'a clock that goes back gives nothing back and takes nothing': async (stage, name) => {
    const rules = rulesOf(name, { requests: '2/min', budget: '1/day' })
    await ask(stage, rules, { micros: 1_000_000 })
    stage.advance(-48 * HOUR_MS)
    const refused = await ask(stage, rules, { micros: 1 })
    assert.deepEqual([refused.refused, refused.remaining], [1, [1, 0]])
    stage.advance(30_000)
    assert.deepEqual((await ask(stage, rules)).remaining[0], 0)
  },
  'owners are counted apart, whatever they are called': async (stage, name) => {
    const names = [name, `${name}:requests:min`, `{${name}}`, `${name} 堰`, `${name}\n`]
    for (const each of names)
      assert.deepEqual((await ask(stage, rulesOf(each, { requests: '1/min' }))).refused, -1, each)
    for (const each of names)
      assert.deepEqual((await ask(stage, rulesOf(each, { requests: '1/min' }))).refused, 0, each)
  },
  'another amount for the same limit keeps what was used': async (stage, name) => {
    await ask(stage, rulesOf(name, { tokens: '100/day' }), { tokens: 90 })
    assert.deepEqual(
      (await ask(stage, rulesOf(name, { tokens: '200/day' }), { tokens: 10 })).remaining,
      [100],
    )
    assert.equal((await ask(stage, rulesOf(name, { tokens: '50/day' }), { tokens: 1 })).refused, 0)
  },
  'no more than the whole of a limit is ever set aside': async (stage, name) => {
    const rules = rulesOf(name, { tokens: '100/min' })
    const decision = await ask(stage, rules, { tokens: 5_000 })
    assert.deepEqual([decision.refused, decision.remaining], [-1, [0]])
    await stage.ledger.settle(decision, { tokens: 150, micros: 0 })
    assert.equal((await ask(stage, rules, { tokens: 1 })).retryAfterMs, 30_600)
  },
}

/** Runs every case against ledgers of one kind; each case has a name of its own, so that they may share a server. */
export function describeLedger(
  kind: string,
  open: (context: TestContext) => Promise<LedgerStage | undefined>,
): void {
  for (const [sentence, run] of Object.entries(CASES)) {
    test(`${kind}: ${sentence}`, async (context) => {
      const stage = await open(context)
      if (stage === undefined) return
      try {
        await run(stage, `${kind}-${Object.keys(CASES).indexOf(sentence)}`)
      } finally {
        await stage.close()
      }
    })
  }
}
