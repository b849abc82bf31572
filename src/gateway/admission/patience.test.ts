import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statedPatienceMs } from './patience.ts'

test('seconds are read, whole or broken', () => {
  assert.equal(statedPatienceMs({ 'x-stainless-timeout': '600' }), 600_000)
  assert.equal(statedPatienceMs({ 'x-stainless-timeout': '2.5' }), 2_500)
})

test('what makes no sense is no patience at all', () => {
  for (const stated of ['', '0', '-1', 'NaN', '1e3', 'Infinity', '5s', ' 5', '99999999', '0x10', '5, 6']) {
    assert.equal(statedPatienceMs({ 'x-stainless-timeout': stated }), undefined, stated)
  }
  assert.equal(statedPatienceMs({}), undefined)
  assert.equal(statedPatienceMs({ 'x-stainless-timeout': ['1', '2'] }), undefined)
})
