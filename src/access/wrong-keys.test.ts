import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { WrongKeys } from './wrong-keys.ts'

test('the allowance of a minute may be used at once, and comes back evenly', () => {
  const clock = createManualClock()
  const wrong = new WrongKeys(clock)
  for (let count = 0; count < 6; count += 1) assert.equal(wrong.note('203.0.113.9', 6), undefined)
  assert.equal(wrong.note('203.0.113.9', 6), 10)
  clock.advance(4_000)
  assert.equal(wrong.note('203.0.113.9', 6), 6)
  clock.advance(6_000)
  assert.equal(wrong.note('203.0.113.9', 6), undefined)
  assert.equal(wrong.note('203.0.113.9', 6), 10)
  clock.advance(60_000)
  for (let count = 0; count < 6; count += 1) assert.equal(wrong.note('203.0.113.9', 6), undefined)
})

test('what is refused does not lengthen the wait', () => {
  const clock = createManualClock()
  const wrong = new WrongKeys(clock)
  wrong.note('203.0.113.9', 1)
  for (let count = 0; count < 100; count += 1) assert.equal(wrong.note('203.0.113.9', 1), 60)
})

test('the addresses of one IPv6 site share an allowance, and so do those that are not known', () => {
  const wrong = new WrongKeys(createManualClock())
  assert.equal(wrong.note('2001:db8:0:1::1', 1), undefined)
  assert.equal(wrong.note('2001:db8:0:1:ffff::2', 1), 60)
  assert.equal(wrong.note('2001:db8:0:2::1', 1), undefined)
  assert.equal(wrong.note(undefined, 1), undefined)
  assert.equal(wrong.note(undefined, 1), 60)
})

test('ever more addresses take no more memory, and whoever keeps trying is kept in mind', () => {
  const wrong = new WrongKeys(createManualClock())
  let most = 0
  for (let count = 0; count < 50_000; count += 1) {
    wrong.note(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`, 1_000)
    if (count % 1_000 === 0) wrong.note('203.0.113.9', 10)
    most = Math.max(most, wrong.remembered)
  }
  assert.ok(most <= 10_001, String(most))
  assert.notEqual(wrong.note('203.0.113.9', 10), undefined)
})
