import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ANSWER,
  ANSWER_BODY_LENGTH,
  LENGTH_REQUIRED,
  STREAM_END,
  STREAM_HEAD,
  TOKEN_EVENT,
} from '../messages.ts'
import { AnswerReader } from './answer-reader.ts'

const STREAM = Buffer.concat([STREAM_HEAD, TOKEN_EVENT, TOKEN_EVENT, TOKEN_EVENT, STREAM_END])
/** Three tokens, the stop event and [DONE]. */
const STREAM_EVENTS = 5

function readAll(chunks: readonly Buffer[]): { reader: AnswerReader; readings: string[] } {
  const reader = new AnswerReader()
  return { reader, readings: chunks.map((chunk) => reader.read(chunk)) }
}

test('an answer with a length is complete at its last byte, wherever it is cut', () => {
  for (let cut = 1; cut < ANSWER.length; cut += 1) {
    const { reader, readings } = readAll([ANSWER.subarray(0, cut), ANSWER.subarray(cut)])
    assert.deepEqual(readings, ['more', 'complete'], `cut at ${cut}`)
    assert.equal(reader.bodyBytes, ANSWER_BODY_LENGTH)
  }
})

test('a stream is complete at its last chunk and no event is lost or counted twice, wherever it is cut', () => {
  for (let cut = 1; cut < STREAM.length; cut += 1) {
    const { reader, readings } = readAll([STREAM.subarray(0, cut), STREAM.subarray(cut)])
    assert.deepEqual(readings, ['more', 'complete'], `cut at ${cut}`)
    assert.equal(reader.events, STREAM_EVENTS, `cut at ${cut}`)
  }
})

test('byte by byte gives the same as all at once', () => {
  const { reader, readings } = readAll(Array.from(STREAM, (byte) => Buffer.from([byte])))
  assert.equal(reader.events, STREAM_EVENTS)
  assert.equal(readings.indexOf('complete'), STREAM.length - 1)
})

test('header names are matched in any case, as proxies spell them differently', () => {
  const shouting = Buffer.from(
    ANSWER.toString('latin1').replace('content-length', 'Content-Length'),
    'latin1',
  )
  assert.deepEqual(readAll([shouting]).readings, ['complete'])
})

test('a reader that was reset reads the next answer from its start', () => {
  const reader = new AnswerReader()
  reader.read(STREAM)
  reader.reset()
  assert.equal(reader.read(ANSWER), 'complete')
  assert.equal(reader.events, 0)
  assert.equal(reader.bodyBytes, ANSWER_BODY_LENGTH)
})

test('an error status, an unframed answer, too many bytes and an endless head are bad', () => {
  assert.deepEqual(readAll([LENGTH_REQUIRED]).readings, ['bad'])
  assert.deepEqual(readAll([Buffer.from('HTTP/1.1 200 OK\r\nx: y\r\n\r\n')]).readings, ['bad'])
  assert.deepEqual(readAll([Buffer.concat([ANSWER, Buffer.from('!')])]).readings, ['bad'])
  assert.deepEqual(readAll([Buffer.alloc(20_000, 'x')]).readings, ['bad'])
})

test('a bad answer says why', () => {
  assert.equal(readAll([LENGTH_REQUIRED]).reader.problem, 'HTTP/1.1 411 Length Required')
  assert.equal(readAll([ANSWER]).reader.problem, undefined)
})

test('an answer without its end stays incomplete', () => {
  assert.deepEqual(readAll([STREAM.subarray(0, -1)]).readings, ['more'])
  assert.deepEqual(readAll([ANSWER.subarray(0, -1)]).readings, ['more'])
})
