import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printCost, printCount, printExactly, printLocal, printShare, printTook } from './values.ts'

test('a duration shows three digits that matter, and never 1000 of a unit', () => {
  const texts: readonly (readonly [number, string])[] = [
    [0, '0ms'],
    [0.004, '0ms'],
    [0.31, '0.31ms'],
    [3, '3ms'],
    [9.994, '9.99ms'],
    [9.996, '10ms'],
    [345.4, '345ms'],
    [999.4, '999ms'],
    [999.6, '1.00s'],
    [1_234, '1.23s'],
    [9_996, '10.0s'],
    [12_400, '12.4s'],
    [59_960, '1m00s'],
    [125_000, '2m05s'],
    [3_599_600, '1h00m'],
    [3_725_000, '1h02m'],
  ]
  for (const [ms, text] of texts) assert.equal(printTook(ms), text, String(ms))
})

test('counts are short, costs and shares say as much as is known', () => {
  assert.deepEqual([0, 999, 1_000, 1_234, 9_960, 31_000, 999_600, 1_250_000].map(printCount), [
    '0',
    '999',
    '1k',
    '1.2k',
    '10k',
    '31k',
    '1M',
    '1.3M',
  ])
  assert.equal(printCost({ micros: 3_210, currency: 'CNY' }), '0.00321 CNY')
  assert.equal(printCost({ micros: 1_500_000, currency: 'USD' }), '1.50 USD')
  assert.equal(printCost({ micros: 1, currency: 'EUR' }), '0.000001 EUR')
  assert.deepEqual([0, 0.0001, 0.0649, 1].map(printShare), ['0.0 %', '<0.1 %', '6.5 %', '100.0 %'])
})

test('times are those of the reader, and say how far from UTC where it matters', () => {
  const ms = Date.parse('2026-11-21T18:03:22.045Z')
  assert.equal(printLocal(ms, 'Asia/Shanghai'), '2026-11-22 02:03:22')
  assert.equal(printExactly(ms, 'Asia/Shanghai'), '2026-11-22 02:03:22.045 +08:00')
  assert.equal(printExactly(ms, 'UTC'), '2026-11-21 18:03:22.045 +00:00')
  assert.equal(printExactly(ms, 'America/St_Johns'), '2026-11-21 14:33:22.045 -03:30')
})
