import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Silence, type SilenceQuestion } from './silence.ts'

const FIRST_TOKEN_MS = 1_000

function ask(silence: Silence, given: Partial<SilenceQuestion>): boolean {
  return silence.isHung({
    nowMs: 0,
    firstTokenMs: FIRST_TOKEN_MS,
    oldestWholeMs: undefined,
    wholesOverdue: 0,
    isMute: false,
    ...given,
  })
}

test('two streams in a row without one token from anywhere, and it is hung', () => {
  const silence = new Silence()
  assert.equal(silence.onTimeout(0), false)
  assert.equal(ask(silence, { nowMs: 1_000 }), false)
  assert.equal(silence.onTimeout(500), false)
  assert.equal(ask(silence, { nowMs: 1_500 }), true)
})

test('a token from anywhere in that time makes it busy, not hung', () => {
  const silence = new Silence()
  silence.onTimeout(0)
  silence.lastSignMs = 1_200
  assert.equal(silence.onTimeout(500), true)
  assert.equal(ask(silence, { nowMs: 1_500 }), false)
  silence.onTimeout(2_000)
  assert.equal(ask(silence, { nowMs: 3_000 }), false, 'the count began anew')
})

test('a token between two timeouts forgets the first of them', () => {
  const silence = new Silence()
  silence.onTimeout(0)
  silence.lastSignMs = 5_000
  silence.onTimeout(6_000)
  assert.equal(ask(silence, { nowMs: 7_000 }), false)
  silence.onTimeout(7_000)
  assert.equal(ask(silence, { nowMs: 8_000 }), true)
})

test('an answer in one piece that has waited long is the second witness, but never the only one', () => {
  const silence = new Silence()
  const wholes = { oldestWholeMs: 0, wholesOverdue: 3 }
  assert.equal(ask(silence, { nowMs: 60_000, ...wholes }), false)
  silence.onTimeout(100)
  assert.equal(ask(silence, { nowMs: 1_100, ...wholes }), false, 'it may be at work on that answer')
  assert.equal(ask(silence, { nowMs: 2_000, ...wholes }), true)
})

test('while answers in one piece that take long are known, silence is given twice as long as the longest', () => {
  const silence = new Silence()
  silence.onWhole(30_000)
  silence.onTimeout(0)
  silence.onTimeout(0)
  const wholes = { oldestWholeMs: 0, wholesOverdue: 1 }
  assert.equal(ask(silence, { nowMs: 59_000, ...wholes }), false)
  assert.equal(ask(silence, { nowMs: 60_000, ...wholes }), true)
})

test('one that does not answer its probes either needs one witness of any kind', () => {
  const silence = new Silence()
  assert.equal(ask(silence, { nowMs: 5_000, isMute: true }), false, 'nobody waits')
  assert.equal(ask(silence, { nowMs: 5_000, isMute: true, oldestWholeMs: 3_000, wholesOverdue: 1 }), true)
  silence.lastSignMs = 4_500
  assert.equal(ask(silence, { nowMs: 5_000, isMute: true, oldestWholeMs: 3_000, wholesOverdue: 1 }), false)
})
