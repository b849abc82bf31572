import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PER_MS, Sequence, firstSeqOf, msOfSeq } from './seq.ts'

const NOW_MS = 1_800_000_000_000

test('rows of one millisecond follow each other, and a full one spills into the next', () => {
  const sequence = new Sequence(() => undefined)
  const first = firstSeqOf(NOW_MS)
  const taken = Array.from({ length: PER_MS + 2 }, () => sequence.take(NOW_MS))
  assert.deepEqual(
    taken,
    [...Array(PER_MS + 2).keys()].map((at) => first + at),
  )
  assert.equal(sequence.take(NOW_MS + 1), first + PER_MS + 2)
  assert.equal(msOfSeq(first + PER_MS - 1), NOW_MS)
})

test('no number is given twice, whatever comes late and whatever stood there before', () => {
  const before = new Set([5, 6, 7, 900].flatMap((ms) => [0, 1, 2].map((at) => firstSeqOf(NOW_MS + ms) + at)))
  const greatest = (from: number, to: number): number | undefined => {
    const found = [...before].filter((seq) => seq >= from && seq < to)
    return found.length === 0 ? undefined : Math.max(...found)
  }
  const sequence = new Sequence(greatest)
  const given = new Set(before)
  for (let at = 0; at < 60_000; at += 1) {
    const seq = sequence.take(NOW_MS + ((at * 7_919) % 55_000) + 0.5)
    assert.ok(!given.has(seq), `${seq} again`)
    given.add(seq)
    before.add(seq)
  }
})

test('times that no clock shows are kept in the order of numbers', () => {
  assert.deepEqual([firstSeqOf(-5), firstSeqOf(0), firstSeqOf(1)], [0, 0, PER_MS])
  assert.ok(Number.isSafeInteger(firstSeqOf(Number.MAX_SAFE_INTEGER) + PER_MS))
})
