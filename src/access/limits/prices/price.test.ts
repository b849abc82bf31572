import assert from 'node:assert/strict'
import { test } from 'node:test'
import { costOf, toPrice } from './price.ts'

const price = toPrice({ input: 0.2, output: 0.6, per: 1_000_000, currency: 'CNY', cached: undefined })

test('tokens are paid in whole millionths, exactly', () => {
  assert.equal(costOf(price, { input: 1_000_000, output: 1_000_000, cached: 0 }), 800_000)
  assert.equal(costOf(price, { input: 120, output: 40, cached: 0 }), 48)
  assert.equal(costOf(price, { input: 0, output: 0, cached: 0 }), 0)
})

test('what cost something never counts as nothing', () => {
  assert.equal(costOf(price, { input: 1, output: 0, cached: 0 }), 1)
})

test('cached tokens have their own price, or that of the others', () => {
  const cheap = toPrice({ input: 2, output: 0, cached: 0.5, per: 1_000, currency: 'EUR' })
  assert.equal(costOf(cheap, { input: 1_000, output: 0, cached: 1_000 }), 500_000)
  assert.equal(costOf(cheap, { input: 1_000, output: 0, cached: 400 }), 1_400_000)
  assert.equal(costOf(price, { input: 100, output: 0, cached: 100 }), 20)
})

test('no price and no number of tokens leads beyond what can be counted', () => {
  const dear = toPrice({ input: 1e6, output: 1e6, per: 1, currency: 'EUR', cached: undefined })
  assert.equal(costOf(dear, { input: 1e9, output: 1e9, cached: 0 }), Number.MAX_SAFE_INTEGER)
})
