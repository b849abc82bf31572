import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from './bytes.ts'
import { toIdValue, readId, readHex, writeHex, writeId } from './ids.ts'

const anyCount = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.constantFrom(127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1),
)

test('whole numbers of any size come back from their bytes', () => {
  fc.assert(
    fc.property(fc.array(anyCount, { maxLength: 50 }), (counts) => {
      const writer = new ByteWriter()
      writer.begin(counts.length * 8)
      for (const count of counts) writer.count(count)
      const reader = new ByteReader(writer.written)
      assert.deepEqual(
        counts.map(() => reader.count()),
        counts,
      )
      assert.ok(reader.isAtEnd)
    }),
  )
})

test('what was written before stays as it was when a larger buffer is needed', () => {
  const writer = new ByteWriter()
  const values = Array.from({ length: 300 }, (_, at) => {
    writer.begin(1_000)
    for (let place = 0; place < 900; place += 1) writer.byte(at)
    return writer.written
  })
  for (const [at, value] of values.entries()) {
    assert.ok(value.length === 900 && value.every((byte) => byte === (at & 0xff)), `value ${at}`)
  }
})

const digits = (alphabet: string, length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length })

/** Ours, and what looks like ours: capitals, a digit of another script, one too few or too many. */
const anyId = fc.oneof(
  digits('0123456789abcdef', 32).map((hex) => `req_${hex}`),
  digits('0123456789abcdefABg٣\u0130', 32).map((hex) => `req_${hex}`),
  fc.nat(40).chain((length) => digits('0123456789abcdef', length).map((hex) => `req_${hex}`)),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)

test('an id within a longer text stands in the file as it does by itself', () => {
  fc.assert(
    fc.property(anyId, fc.string({ unit: 'grapheme' }), fc.string(), (id, before, after) => {
      const value = writeId(new ByteWriter(), {
        text: before + id + after,
        at: before.length,
        length: id.length,
      })
      assert.deepEqual(typeof value === 'string' ? value : Buffer.from(value), toIdValue(id))
      assert.equal(readId(value), id)
    }),
  )
})

test('ids of traces and spans come back, whoever made them', () => {
  for (const id of [
    '0af7651916cd43dd8448eb211c80319c',
    'b7ad6b7169203331',
    'B7AD6B7169203331',
    '',
    'zz',
    '堰'.repeat(16),
  ]) {
    const value = writeHex(new ByteWriter(), { text: `-${id}-`, at: 1, length: id.length })
    assert.equal(typeof value === 'string', !/^(?:[0-9a-f]{32}|[0-9a-f]{16})$/.test(id), id)
    assert.equal(readHex(value), id)
  }
})
