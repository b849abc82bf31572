import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PHASES } from '../../core/record.ts'
import { anyStored, toStored, type toRecord } from '../fixtures/record.ts'
import { FLAG, NUM, NUMS, REF, REFS } from './layout.ts'
import { RecordPacker, buffersOf } from './pack.ts'
import { unpack } from './unpack.ts'

test('every record comes out of a pack as it went in, whatever was packed before it', () => {
  fc.assert(
    fc.property(
      fc.array(anyStored, { maxLength: 6 }),
      fc.array(anyStored, { maxLength: 6 }),
      (first, then) => {
        const packer = new RecordPacker()
        for (const all of [first, then]) {
          for (const stored of all) packer.add(stored)
          assert.equal(packer.count, all.length)
          assert.deepEqual(unpack(packer.take()), all)
          assert.deepEqual([packer.count, packer.bytes], [0, 0])
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('a pack that grows far beyond its first size keeps what it held', () => {
  const packer = new RecordPacker()
  const all = fc.sample(anyStored, { numRuns: 700, seed: 3 })
  for (const stored of all) packer.add(stored)
  assert.deepEqual(unpack(packer.take()), all)
})

test('a pack survives being handed over, and what is packed next does not touch it', () => {
  const packer = new RecordPacker()
  packer.add(toStored({ id: 'one' }))
  const packed = packer.take()
  const received = structuredClone(packed, { transfer: buffersOf(packed) })
  assert.equal(packed.numbers.length, 0, 'handed over, not copied')
  packer.add(toStored({ id: 'two', modelRouted: 'other' }))
  assert.deepEqual(unpack(received), [toStored({ id: 'one' })])
  assert.deepEqual(unpack(packer.take()), [toStored({ id: 'two', modelRouted: 'other' })])
})

test('a word that occurs a thousand times is held once', () => {
  const packer = new RecordPacker()
  for (let at = 0; at < 1_000; at += 1) packer.add(toStored({ id: `r${at}`, modelRouted: `m${at % 3}` }))
  const { words } = packer.take()
  assert.equal(new Set(words).size, words.length)
  assert.deepEqual(words.filter((word) => /^m\d$/.test(word)).toSorted(), ['m0', 'm1', 'm2'])
})

test('what is held is told in bytes, texts included', () => {
  const packer = new RecordPacker()
  packer.add(toStored())
  const one = packer.bytes
  packer.add(toStored({ id: 'x'.repeat(1_000) }))
  assert.ok(one > (NUMS + REFS) * 4 && packer.bytes > one + 1_000, `${one}, ${packer.bytes}`)
})

test('no two fields share a place, and every phase has one', () => {
  for (const [places, size] of [
    [REF, REFS],
    [NUM, NUM.phases + 1],
  ] as const) {
    const taken = Object.values(places)
    assert.deepEqual(
      taken.toSorted((one, other) => one - other),
      [...Array(size).keys()],
    )
  }
  assert.equal(NUMS, NUM.phases + PHASES.length)
  const bits = Object.values(FLAG)
  assert.equal(
    bits.reduce((sum, bit) => sum + bit, 0),
    2 ** bits.length - 1,
  )
  const phases = Object.fromEntries(PHASES.map((phase, at) => [phase, at])) as ReturnType<
    typeof toRecord
  >['phases']
  const packer = new RecordPacker()
  packer.add(toStored({ phases }))
  const { numbers } = packer.take()
  assert.deepEqual(
    [...numbers.slice(NUM.phases, NUMS)],
    PHASES.map((_, at) => at),
  )
})
