import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OutputLengths } from './output-lengths.ts'

const fill = (lengths: OutputLengths, count: number, tokens: number): void => {
  for (let each = 0; each < count; each += 1) lengths.add('m', tokens)
}

test('nothing is known of a model before it has answered a few times', () => {
  const lengths = new OutputLengths()
  assert.equal(lengths.typical('m'), undefined)
  fill(lengths, 7, 100)
  assert.equal(lengths.typical('m'), undefined)
  fill(lengths, 1, 100)
  const typical = lengths.typical('m') ?? 0
  assert.ok(typical >= 100 && typical <= 125, String(typical))
  assert.equal(lengths.typical('other'), undefined)
})

test('one long answer of a hundred is left out, one of ten is not', () => {
  const rare = new OutputLengths()
  fill(rare, 99, 50)
  fill(rare, 1, 8_000)
  assert.ok((rare.typical('m') ?? 0) < 70)
  const often = new OutputLengths()
  for (let each = 0; each < 10; each += 1) {
    fill(often, 9, 50)
    fill(often, 1, 8_000)
  }
  assert.ok((often.typical('m') ?? 0) >= 8_000)
})

test('what was long ago is forgotten', () => {
  const lengths = new OutputLengths()
  fill(lengths, 500, 10_000)
  fill(lengths, 2_000, 10)
  assert.ok((lengths.typical('m') ?? 0) <= 13)
})

test('the shortest and the longest answers have their place, and strangers fill no memory', () => {
  const lengths = new OutputLengths()
  fill(lengths, 20, 0)
  assert.equal(lengths.typical('m'), 1)
  fill(lengths, 200, Number.MAX_SAFE_INTEGER)
  assert.ok((lengths.typical('m') ?? 0) > 1_000_000)
  for (let each = 0; each < 2_000; each += 1)
    for (let time = 0; time < 8; time += 1) lengths.add(`m${each}`, 5)
  assert.equal(lengths.typical('m1999'), undefined)
})
