import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineWriter, createTimePrinter } from './log-line.ts'

function write(action: (line: LineWriter) => void): string {
  const line = new LineWriter()
  action(line)
  return line.take().toString()
}

test('any text comes back from its JSON as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(JSON.parse(write((line) => line.text(text, 1_000))), text)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(JSON.parse(write((line) => line.text(text, 1_000))), text)
    }),
  )
})

test('control characters, quotes and lone surrogates cannot break a line', () => {
  const text = 'a"b\\c\nd\u0000\u001f\u007f\u2028\ud800'
  const written = write((line) => line.text(text, 100))
  assert.ok(!written.includes('\n'))
  assert.equal(JSON.parse(written), text)
})

test('a long text is cut', () => {
  assert.equal(
    write((line) => line.text('abcdef', 3)),
    '"abc"',
  )
  assert.equal(
    write((line) => line.text('ab"def', 3)),
    '"ab\\""',
  )
})

test('numbers keep three decimals and no noise', () => {
  const expected: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [0.1 + 0.2, '0.3'],
    [1_200.5, '1200.5'],
    [0.0004, '0'],
    [0.0005, '0.001'],
    [0.001, '0.001'],
    [0.05, '0.05'],
    [99.9996, '100'],
    [123.456789, '123.457'],
    [2_147_483_647, '2147483647'],
    [2_147_483_648, '2147483648'],
    [1_999_999.999, '1999999.999'],
    [2_000_000.123_4, '2000000.123'],
    [9_007_199_254_740_991, '9007199254740991'],
    [-1.5, '-1.5'],
    [NaN, 'null'],
    [Infinity, 'null'],
  ]
  for (const [value, text] of expected) {
    assert.equal(
      write((line) => line.number(value)),
      text,
    )
  }
})

test('any number is read back to within half a thousandth', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (value) => {
      const read = Number(write((line) => line.number(value)))
      assert.ok(Math.abs(read - value) <= 0.000_500_001, `${value} became ${read}`)
    }),
  )
})

test('a line that could not be finished is taken back', () => {
  const text = write((line) => {
    line.raw('{}\n')
    const start = line.length
    line.raw('{"half":')
    line.cut(start)
    line.raw('{}\n')
  })
  assert.equal(text, '{}\n{}\n')
})

test('a batch far over the first room is written whole', () => {
  const text = write((line) => {
    for (let count = 0; count < 2_000; count += 1) {
      line.text('x'.repeat(99), 200)
      line.raw('\n')
    }
  })
  assert.equal(text, `"${'x'.repeat(99)}"\n`.repeat(2_000))
})

test('taken bytes do not change when the writer goes on', () => {
  const line = new LineWriter()
  line.raw('first')
  const taken = line.take()
  line.raw('other')
  assert.equal(taken.toString(), 'first')
})

test('times are ISO 8601 in UTC to the millisecond, also across a second', () => {
  const toTime = createTimePrinter()
  for (const wallMs of [
    1_700_000_000_000, 1_700_000_000_001, 1_700_000_000_999.7, 1_700_000_001_000, 1_699_999_999_123,
  ]) {
    assert.equal(toTime(wallMs), new Date(Math.floor(wallMs)).toISOString())
  }
})

test('what was taken stays as it is, however much is written after it', () => {
  const line = new LineWriter(64)
  const taken: Buffer[] = []
  const expected: string[] = []
  for (let index = 0; index < 50; index += 1) {
    const text = 'x'.repeat(index)
    line.raw(text)
    line.bytes(Buffer.from('<y>'))
    line.number(index)
    const kept = line.length
    line.raw('forgotten')
    line.cut(kept)
    taken.push(line.take())
    expected.push(`${text}<y>${index}`)
  }
  assert.deepEqual(
    taken.map((bytes) => bytes.toString()),
    expected,
  )
})
