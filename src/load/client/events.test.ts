import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventCutter } from './events.ts'

function cut(framing: 'sse' | 'ndjson', chunks: readonly Buffer[]): string[] {
  const events: string[] = []
  const cutter = new EventCutter(framing, (data) => events.push(data))
  for (const chunk of chunks) assert.ok(cutter.read(chunk))
  cutter.end()
  return events
}

const SSE = ': a comment\n\nevent: x\ndata: {"a":"堰"}\nid: 7\n\ndata:one\ndata: two\r\n\r\ndata: [DONE]\n\n'

test('events are whole wherever they are cut, also inside a character', () => {
  const bytes = Buffer.from(SSE)
  for (let at = 0; at <= bytes.length; at += 1)
    assert.deepEqual(
      cut('sse', [bytes.subarray(0, at), bytes.subarray(at)]),
      ['{"a":"堰"}', 'one\ntwo', '[DONE]'],
      `cut at ${at}`,
    )
})

test('an event without its empty line is none, and a last line of JSON is one', () => {
  assert.deepEqual(cut('sse', [Buffer.from('data: half')]), [])
  assert.deepEqual(cut('ndjson', [Buffer.from('{"a":1}\r\n\n{"b"'), Buffer.from(':2}')]), [
    '{"a":1}',
    '{"b":2}',
  ])
})

test('a line that never ends is given up', () => {
  const cutter = new EventCutter('sse', () => assert.fail('there is no event'))
  const mebibyte = Buffer.alloc(1_048_576, 'x')
  let reads = 1
  while (cutter.read(mebibyte)) reads += 1
  assert.ok(reads <= 17, `${reads} MiB`)
})
