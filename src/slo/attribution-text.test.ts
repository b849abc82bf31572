import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BlamedSlice } from '../core/alert.ts'
import { PHASES } from '../core/record.ts'
import { toAttributionText, toPercents, toSliceText } from './attribution-text.ts'

const slice = (shareRatio: number, told: Partial<BlamedSlice>): BlamedSlice => {
  return { phase: 'queue', backend: undefined, model: undefined, band: undefined, shareRatio, ...told }
}

test('the largest slice makes the sentence, and what else is worth saying follows', () => {
  const slices = [
    slice(0.62, { backend: 'gpu-1', model: 'qwen3:32b' }),
    slice(0.21, { phase: 'load' }),
    slice(0.12, { phase: 'prefill', band: '16k-64k tokens' }),
    slice(0.05, { phase: 'gateway' }),
  ]
  assert.equal(
    toAttributionText({ of: 'excess', slices }),
    '62 % of the excess is queueing at gpu-1 for qwen3:32b, 21 % model load, 12 % prefill with prompts of 16k-64k tokens',
  )
})

test('failures are named by their code', () => {
  const slices = [slice(0.8, { phase: 'backend_unreachable', backend: 'gpu-1', tenant: 'a' }), slice(0.2, {})]
  assert.equal(
    toAttributionText({ of: 'failures', slices }),
    '80 % of the failures are backend_unreachable at gpu-1 of a, 20 % queueing',
  )
})

test('the first slice is said however small, and nothing where there is none', () => {
  assert.equal(toAttributionText({ of: 'excess', slices: [] }), undefined)
  const many = Array.from({ length: 20 }, () => slice(0.05, {}))
  assert.equal(toAttributionText({ of: 'excess', slices: many }), '5 % of the excess is queueing')
})

test('every phase has words of its own', () => {
  for (const phase of [...PHASES, 'length'])
    assert.ok(toSliceText(slice(1, { phase })).length > 0 && toSliceText(slice(1, { phase })) !== 'queue')
  const words = [...PHASES, 'length'].map((phase) => toSliceText(slice(1, { phase })))
  assert.equal(new Set(words).size, words.length)
})

test('percents add up to 100, each within one of its share', () => {
  assert.deepEqual(toPercents([1 / 3, 1 / 3, 1 / 3]), [34, 33, 33])
  assert.deepEqual(toPercents([0.625, 0.375]), [63, 37])
  assert.deepEqual(toPercents([]), [])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 40 }), (parts) => {
      const total = parts.reduce((sum, part) => sum + part, 0)
      const ratios = parts.map((part) => part / total)
      const percents = toPercents(ratios)
      assert.equal(
        percents.reduce((sum, percent) => sum + percent, 0),
        100,
      )
      for (const [index, percent] of percents.entries())
        assert.ok(Math.abs(percent - (ratios[index] ?? 0) * 100) < 1)
    }),
  )
})
