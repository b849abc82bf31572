import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { judge, parseBudgets } from './budgets.ts'
import type { Ratio } from './compare.ts'
import { summarise } from './statistics.ts'

const PER_REQUEST = parseBudgets('{"cpuPerRequestRatio": {"limit": 1.35}}')

function toRatio(target: string, ratio: number, figure = 'cpuPerRequestMicros'): Ratio {
  return { target, figure, ratio, paired: summarise([1]) }
}

test('the budgets of this repository can be read, and each says what it means and since when', () => {
  const text = readFileSync(new URL('./budgets.json', import.meta.url), 'utf8')
  assert.deepEqual(
    parseBudgets(text).map(({ name }) => name),
    ['cpuPerRequestRatio', 'cpuPerChunkRatio', 'recordsShare'],
  )
  for (const budget of Object.values(JSON.parse(text) as Record<string, Record<string, string>>)) {
    assert.match(budget['since'] ?? '', /^\d{4}-\d\d-\d\d$/)
    assert.ok((budget['meaning'] ?? '').length > 20)
  }
})

test('a budget is kept up to and including its limit', () => {
  const kept = (ratio: number) => judge(PER_REQUEST, [toRatio('weir', ratio)])[0]?.kept
  assert.equal(kept(1.2), true)
  assert.equal(kept(1.35), true)
  assert.equal(kept(1.351), false)
  assert.equal(kept(Number.NaN), false)
})

test('only Weir with everything on is judged, and only by the figure the budget is about', () => {
  const ratios = [toRatio('floor', 1), toRatio('weir-bare', 9), toRatio('nginx', 9), toRatio('weir', 1.3)]
  assert.equal(judge(PER_REQUEST, ratios)[0]?.ratio, 1.3)
  const wrongFigure = judge(PER_REQUEST, [toRatio('weir', 1, 'cpuPerChunkMicros')])
  assert.equal(wrongFigure[0]?.ratio, undefined)
})

test('a budget that was not measured is not kept', () => {
  assert.equal(judge(PER_REQUEST, [])[0]?.kept, false)
})

test('an unknown name or an impossible limit is refused, so that no budget is lost by a typing error', () => {
  assert.throws(() => parseBudgets('{"cpuPerRequest": {"limit": 1}}'), /none of cpuPerRequestRatio/)
  assert.throws(() => parseBudgets('{"cpuPerRequestRatio": 1.35}'), /no positive number/)
  assert.throws(() => parseBudgets('{"cpuPerRequestRatio": {"limit": "1.35"}}'), /no positive number/)
  assert.throws(() => parseBudgets('{"cpuPerRequestRatio": {"limit": 0}}'), /no positive number/)
  assert.throws(() => parseBudgets('{"cpuPerRequestRatio": null}'), /no positive number/)
  assert.throws(() => parseBudgets('7'), /no object/)
})
