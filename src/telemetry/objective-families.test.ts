import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINES_PER_OBJECTIVE, toObjectiveFamilies } from './objective-families.ts'
import { writeSampledFamily } from './exposition.ts'

const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d']

function linesOf(objectives: Parameters<typeof toObjectiveFamilies>[0]): readonly string[] {
  const lines: string[] = []
  for (const family of toObjectiveFamilies(objectives)) writeSampledFamily(lines, family, 'text')
  return lines.filter((line) => !line.startsWith('#'))
}

test('an objective that nobody has met yet starts at 0, and what is unknown of it is absent', () => {
  const fresh = { name: 'chat', targetRatio: 0.995, budgetRemainingRatio: undefined, burnRates: [] }
  assert.deepEqual(linesOf([{ ...fresh, good: 0, events: 0 }]), [
    'weir_slo_objective_ratio{slo="chat"} 0.995',
    'weir_slo_good_total{slo="chat"} 0',
    'weir_slo_events_total{slo="chat"} 0',
  ])
})

test('a rule that counts requests promises nothing', () => {
  const rule = { name: 'rule:slow', targetRatio: undefined, budgetRemainingRatio: undefined, burnRates: [] }
  assert.deepEqual(linesOf([{ ...rule, good: 3, events: 4 }]), [
    'weir_slo_good_total{slo="rule:slow"} 3',
    'weir_slo_events_total{slo="rule:slow"} 4',
  ])
})

test('an objective of which all is known takes the lines that are set aside for it', () => {
  const burnRates = WINDOWS.map((window, at) => ({ window, rate: at / 2 }))
  const lines = linesOf([
    { name: 'chat', targetRatio: 0.9, budgetRemainingRatio: -0.5, burnRates, good: 8, events: 10 },
  ])
  assert.equal(lines.length, LINES_PER_OBJECTIVE)
  assert.equal(lines[1], 'weir_slo_error_budget_remaining_ratio{slo="chat"} -0.5')
  assert.equal(lines[3], 'weir_slo_burn_rate{slo="chat",window="30m"} 0.5')
})
