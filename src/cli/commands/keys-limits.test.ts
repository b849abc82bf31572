import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitsSchema } from '../../access/limits/config.ts'
import { toRules, type Rule } from '../../access/limits/rule.ts'
import { printLeft, printLimits, printRule, printUsed, useToJson } from './keys-limits.ts'

const NOW_MS = Date.UTC(2026, 5, 10, 12)
const DAY_MS = 86_400_000

function ruleOf(written: Readonly<Record<string, unknown>>): Rule {
  const [rule] = toRules({ scope: 'key', name: 'a' }, limitsSchema.parse(written))
  assert.ok(rule !== undefined)
  return rule
}

const facts = (currency: string | undefined, timezone = 'UTC') => ({ currency, timezone, nowMs: NOW_MS })

test('a limit is printed in few letters', () => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ requests: '60/min' }, '60/min'],
    [{ requests: { rate: '60/min', burst: 10 } }, '60/min, 10 at once'],
    [{ tokens: '100000/min' }, '100k/min'],
    [{ concurrent: 4 }, '4 at once'],
    [{ budget: '50/month' }, '50 CNY/month'],
    [{ budget: '1.5M/week' }, '1.5M CNY/week'],
    [{ budget: '0.25/day' }, '0.25 CNY/day'],
  ]
  for (const [written, text] of cases) assert.equal(printRule(ruleOf(written), facts('CNY')), text)
  assert.equal(printRule(ruleOf({ budget: '50/month' }), facts(undefined)), '50/month')
})

test('money has the coins of its currency, and something spent is never nothing', () => {
  const used = (budget: string, micros: number, currency: string): readonly string[] => {
    const rule = ruleOf({ budget })
    const use = { used: micros, left: Math.max(0, rule.capacity - micros), resetMs: 20 * DAY_MS }
    const left = printLeft(rule, use, facts(currency)).split(' left')[0] ?? ''
    return [printUsed(rule, use, facts(currency)), left]
  }
  assert.deepEqual(used('50/month', 12_345_678, 'CNY'), ['12.35 used (25%)', '37.65'])
  assert.deepEqual(used('5000/month', 1_234_000_001, 'JPY'), ['1235 used (25%)', '3765'])
  assert.deepEqual(used('5/month', 1_234_000, 'KWD'), ['1.234 used (25%)', '3.766'])
  assert.deepEqual(used('50/month', 123, 'EUR'), ['0.000123 used (<1%)', '49.99'])
  assert.deepEqual(used('50/month', 0, 'EUR'), ['0 used (0%)', '50.00'])
  assert.deepEqual(used('50/month', 49_999_999, 'EUR'), ['50.00 used (99%)', '0.000001'])
  assert.deepEqual(used('50/month', 50_000_000, 'USD'), ['50.00 used (100%)', '0'])
  assert.deepEqual(used('50/month', 61_000_000, 'USD'), ['61.00 used (122%)', '0'])
  assert.deepEqual(used('50/month', 1_000_000, 'XQQ'), ['1.00 used (2%)', '49.00'], 'a currency nobody knows')
})

test('a budget says on which day of its own time zone it begins anew, whichever side a clock is off', () => {
  const rule = ruleOf({ budget: '50/month' })
  const shanghaiMs = Date.UTC(2026, 5, 30, 16) - NOW_MS
  for (const offMs of [-90_000, -1, 0, 1, 90_000]) {
    const use = { used: 0, left: 50_000_000, resetMs: shanghaiMs + offMs }
    assert.equal(printLeft(rule, use, facts('CNY', 'Asia/Shanghai')), '50.00 left, resets 2026-07-01')
    assert.equal(useToJson({ rule, use }, facts('CNY', 'Asia/Shanghai'))['resets'], '2026-06-30T16:00:00Z')
  }
})

test('what trickles back says when all of it is back, to a length that matters', () => {
  const rule = ruleOf({ requests: '60/min' })
  const left = (resetMs: number) => printLeft(rule, { used: 12.4, left: 47, resetMs }, facts(undefined))
  assert.equal(printUsed(rule, { used: 12.4, left: 47, resetMs: 1 }, facts(undefined)), '13 used (21%)')
  assert.equal(left(0), '47 left')
  assert.equal(left(12_345), '47 left, all back in 13s')
  assert.equal(left(600_001), '47 left, all back in 11m')
  assert.equal(left(86_400_001), '47 left, all back in 1d1h')
})

test('programs get stable fields in whole units, and why a number is missing', () => {
  const budget = ruleOf({ budget: '2.5/day' })
  const use = { used: 1_250_000, left: 1_250_000, resetMs: DAY_MS / 2 }
  assert.deepEqual(useToJson({ rule: budget, use }, facts('EUR')), {
    ...{ scope: 'key', owner: 'a', kind: 'budget', amount: 2.5, period: 'day', currency: 'EUR' },
    ...{ used: 1.25, left: 1.25, resets: '2026-06-11T00:00:00Z' },
  })
  const requests = ruleOf({ requests: { rate: '60/min', burst: 10 } })
  const known = { scope: 'key', owner: 'a', kind: 'requests', amount: 60, period: 'min', atOnce: 10 }
  assert.deepEqual(useToJson({ rule: requests, use: { used: 0, left: 10, resetMs: 0 } }, facts('EUR')), {
    ...known,
    ...{ used: 0, left: 10 },
  })
  assert.deepEqual(useToJson({ rule: requests, use: { unknown: 'in_memory' } }, facts('EUR')), {
    ...known,
    unknown: 'in_memory',
  })
  const slots = useToJson(
    { rule: ruleOf({ concurrent: 4 }), use: { used: 1, left: 3, resetMs: 0 } },
    facts('EUR'),
  )
  assert.deepEqual(slots, { scope: 'key', owner: 'a', kind: 'concurrent', amount: 4, used: 1, left: 3 })
})

test('limits are printed as the file would have them', () => {
  const written = {
    requests: ['60/min', { rate: '5k/day', burst: '100' }],
    tokens: '100k/min',
    concurrent: 4,
    budget: { rate: '50/month', onStateFailure: 'open' },
  }
  assert.deepEqual(printLimits(limitsSchema.parse(written)), written)
  assert.deepEqual(printLimits({}), {})
})
