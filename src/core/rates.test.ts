import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAmount, parseRate, printAmount, printMicros, printRate } from './rates.ts'

test('amounts are read with k and M and printed back in their shortest form', () => {
  const cases = { '60': 60, '100k': 100_000, '100K': 100_000, '1.5M': 1_500_000, '0.5': 0.5, ' 5 k ': 5_000 }
  for (const [text, amount] of Object.entries(cases)) {
    assert.equal(parseAmount(text), amount, text)
    assert.equal(parseAmount(printAmount(amount)), amount, text)
  }
  assert.deepEqual([100_000, 1_500_000, 1_234, 0.5].map(printAmount), ['100k', '1.5M', '1234', '0.5'])
})

test('what could mean two things, or nothing, is no amount', () => {
  for (const text of ['', 'k', '5m', '1e3', '-1', '1,000', '1.', '.5', '5 kk', '9'.repeat(40), '５'])
    assert.equal(parseAmount(text), undefined, text)
})

test('rates are read with every spelling of a period and printed with one', () => {
  const cases = {
    '60/min': '60/min',
    '60 / minute': '60/min',
    '100000/min': '100k/min',
    '5000/d': '5k/day',
    '1/s': '1/s',
    '50/month': '50/month',
    '0.5/week': '0.5/week',
    '2M/hour': '2M/h',
  }
  for (const [text, printed] of Object.entries(cases)) {
    const rate = parseRate(text)
    assert.ok(rate !== undefined, text)
    assert.equal(printRate(rate), printed)
    assert.deepEqual(parseRate(printed), rate)
  }
})

test('a rate without a period, or with one that could be minutes or months, is refused', () => {
  for (const text of ['60', '60/', '/min', '60/m', '60/M', '60/year', '60 min', '60/min/s', '60/constructor'])
    assert.equal(parseRate(text), undefined, text)
})

test('money is printed without an exponent and without zeros that say nothing', () => {
  assert.deepEqual([0, 1, 24, 1_234_560, 50_000_000, 100].map(printMicros), [
    '0',
    '0.000001',
    '0.000024',
    '1.23456',
    '50',
    '0.0001',
  ])
})
