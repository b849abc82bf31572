import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutAll, cutAt } from './fixtures/replay.ts'
import { isBlank, NdjsonBoundary } from './ndjson-scan.ts'
import { EventSplitter, MAX_EVENT_BYTES } from './splitter.ts'

function linesOf(pieces: Iterable<Buffer>): { lines: string[]; rest: string } {
  const splitter = new EventSplitter(new NdjsonBoundary())
  const lines: string[] = []
  for (const piece of pieces) {
    splitter.push(piece, {
      onEvent: (bytes, start, end) => void lines.push(bytes.toString('utf8', start, end)),
    })
  }
  return { lines, rest: splitter.rest().toString('utf8') }
}

test('lines are the same in any pieces, and what has no end is left over', () => {
  const text = fc.array(fc.constantFrom('{"a":1}', '堰', '\n', '\r\n', ' ')).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 6 }), (given, cuts) => {
      const bytes = Buffer.from(given)
      const parts = given.split(/(?<=\n)/)
      const rest = parts.at(-1)?.endsWith('\n') === true ? '' : (parts.pop() ?? '')
      for (const pieces of [[bytes], cutAll(bytes), cutAt(bytes, cuts)]) {
        assert.deepEqual(linesOf(pieces), { lines: parts.filter((part) => part !== ''), rest })
      }
    }),
  )
})

test('an event that lies in one chunk is handed over where it lies', () => {
  const splitter = new EventSplitter(new NdjsonBoundary())
  const chunk = Buffer.from('one\ntwo\nthr')
  const seen: unknown[] = []
  splitter.push(chunk, { onEvent: (bytes, start, end) => void seen.push([bytes === chunk, start, end]) })
  assert.deepEqual(seen, [
    [true, 0, 4],
    [true, 4, 8],
  ])
  assert.equal(splitter.heldBytes, 3)
})

const CHUNK = Buffer.alloc(65_536, 'x')
const ignore = { onEvent: () => undefined }

test('a line without an end is given up at the limit, and nothing of it is kept', () => {
  const splitter = new EventSplitter(new NdjsonBoundary())
  let chunks = 0
  let most = 0
  while (splitter.push(CHUNK, ignore)) {
    chunks += 1
    most = Math.max(most, splitter.heldBytes)
  }
  assert.equal(chunks, MAX_EVENT_BYTES / CHUNK.length)
  assert.equal(most, MAX_EVENT_BYTES)
  assert.equal(splitter.rest().length, 0)
})

test('the limit is the largest event, its end included', () => {
  const push = (bytes: number): boolean => {
    const splitter = new EventSplitter(new NdjsonBoundary(), 10)
    return splitter.push(Buffer.alloc(bytes - 1, 'x'), ignore) && splitter.push(Buffer.from('\nnext'), ignore)
  }
  assert.equal(push(10), true)
  assert.equal(push(11), false)
})

test('a long stream of small events is never over the limit', () => {
  const splitter = new EventSplitter(new NdjsonBoundary(), 10)
  for (let count = 0; count < 100; count += 1) assert.ok(splitter.push(Buffer.from('abc\ndef'), ignore))
})

test('white space alone is blank', () => {
  const bytes = Buffer.from(' \t\r\n{}\n')
  assert.equal(isBlank(bytes, 0, 4), true)
  assert.equal(isBlank(bytes, 0, 5), false)
  assert.equal(isBlank(bytes, 3, 3), true)
})
