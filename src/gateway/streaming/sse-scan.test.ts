import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutAll, cutAt } from './fixtures/replay.ts'
import { EventSplitter } from './splitter.ts'
import { findData, SseBoundary, type DataSpan } from './sse-scan.ts'

interface Seen {
  /** The data of each event that has any. */
  readonly data: string[]
  /** Every byte that came out, in order, with what was left at the end. */
  readonly bytes: Buffer
}

function read(pieces: Iterable<Buffer>): Seen {
  const splitter = new EventSplitter(new SseBoundary())
  const span: DataSpan = { bytes: Buffer.alloc(0), start: 0, end: 0 }
  const data: string[] = []
  const out: Buffer[] = []
  const onEvent = (bytes: Buffer, start: number, end: number): void => {
    out.push(Buffer.from(bytes.subarray(start, end)))
    if (findData(bytes, start, end, span)) data.push(span.bytes.toString('utf8', span.start, span.end))
  }
  for (const piece of pieces) assert.ok(splitter.push(piece, { onEvent }))
  return { data, bytes: Buffer.concat([...out, splitter.rest()]) }
}

/** The algorithm of WHATWG HTML 9.2.6 on a whole text, as plainly as it can be written. */
function readByTheBook(text: string): string[] {
  const events: string[] = []
  let data: string[] = []
  // What stands behind the last line end is no line yet.
  for (const line of text.split(/\r\n|\n|\r/).slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) events.push(data.join('\n'))
      data = []
      continue
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
  }
  return events
}

const LINES = [
  'data: {"a":1}',
  'data:堰 🌊',
  'data:  two spaces',
  'data: ',
  'data:',
  'data',
  'event: ping',
  ': keep-alive',
  ':',
  'database: no',
  'data : no',
  'dat',
  'id: 7',
  'retry: 100',
  '',
  '',
]
const line = fc.constantFrom(...LINES)
const eol = fc.constantFrom('\n', '\r\n', '\r')
const mixed = fc.array(fc.tuple(line, eol), { maxLength: 12 }).map((parts) => parts.flat().join(''))
const uniform = fc
  .tuple(fc.array(line, { maxLength: 12 }), eol)
  .map(([lines, end]) => lines.map((each) => each + end).join(''))
const stream = fc
  .tuple(fc.oneof(mixed, uniform), fc.constantFrom('', 'data: half'))
  .map(([text, rest]) => text + rest)

test('events are those of the specification, with any line ends, in any pieces, and no byte is lost', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (text, cuts) => {
      const bytes = Buffer.from(text)
      const expected = readByTheBook(text)
      for (const pieces of [[bytes], cutAll(bytes), cutAt(bytes, cuts)]) {
        const seen = read(pieces)
        assert.deepEqual(seen.data, expected)
        assert.deepEqual(seen.bytes, bytes)
      }
    }),
    { numRuns: 500 },
  )
})

test('an event that ends in CRLF ends there, even when its LF comes a piece later', () => {
  const ends = (pieces: readonly string[]): string[] => {
    const splitter = new EventSplitter(new SseBoundary())
    const seen: string[] = []
    for (const piece of pieces) {
      splitter.push(Buffer.from(piece), {
        onEvent: (bytes, start, end) => void seen.push(bytes.toString('utf8', start, end)),
      })
    }
    return seen
  }
  assert.deepEqual(ends(['data: a\r\n\r\ndata: b\r\n\r\n']), ['data: a\r\n\r\n', 'data: b\r\n\r\n'])
  // The LF never leads the next event: dropping that one must not take a byte of its neighbour along.
  assert.deepEqual(ends(['data: a\r\n\r', '\ndata: b\r\n\r\n']), ['data: a\r\n\r', '\n', 'data: b\r\n\r\n'])
  assert.deepEqual(ends(['data: a\r\r', 'data: b\r\r']), ['data: a\r\r', 'data: b\r\r'])
  assert.deepEqual(ends(['data: a\r', '\ndata: b\r\n', '\r\n']), ['data: a\r\ndata: b\r\n\r\n'])
})

test('several lines of data are joined by line feeds', () => {
  const event = Buffer.from('xx: before\ndata: {"a":\r\nevent: e\rdata:1}\n\n')
  const span: DataSpan = { bytes: event, start: 0, end: 0 }
  assert.ok(findData(event, 0, event.length, span))
  assert.equal(span.bytes.toString('utf8', span.start, span.end), '{"a":\n1}')
})

test('data is looked for inside the given bytes only', () => {
  const bytes = Buffer.from('data: a\n\ndata: b\n\ndata: c\n\n')
  const span: DataSpan = { bytes, start: 0, end: 0 }
  assert.ok(findData(bytes, 9, 18, span))
  assert.equal(bytes.toString('utf8', span.start, span.end), 'b')
  assert.equal(findData(bytes, 9, 12, span), false)
  assert.ok(findData(bytes, 9, 13, span))
  assert.equal(span.end - span.start, 0)
})
