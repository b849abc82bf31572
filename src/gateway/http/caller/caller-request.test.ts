import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { CallerRequest, type BodySink } from './caller-request.ts'
import { parseRequestHead } from './parse-head.ts'

/** A request of which no body has come, and how often its connection was asked to read on. */
function begin(): { request: CallerRequest; asked: () => number } {
  let asked = 0
  const head = parseRequestHead('POST /a?b HTTP/1.1\r\nHost: g\r\nX-A: 1\r\n')
  const request = new CallerRequest(head, { socket: {} as Socket, readOn: () => void (asked += 1) })
  return { request, asked: () => asked }
}

function listen(): BodySink & { readonly said: string[] } {
  const said: string[] = []
  return { said, onData: (piece) => void said.push(piece.toString()), onEnd: () => void said.push('end') }
}

const push = (request: CallerRequest, ...pieces: string[]): void => {
  for (const piece of pieces) request.push(Buffer.from(piece))
}
const complete = (request: CallerRequest): void => {
  request.complete = true
  request.finish()
}

test('a request is its head', () => {
  const { request } = begin()
  assert.deepEqual([request.method, request.url, request.httpVersionMinor], ['POST', '/a?b', 1])
  assert.deepEqual(request.rawHeaders, ['Host', 'g', 'X-A', '1'])
  assert.equal(request.headers['x-a'], '1')
})

test('a body that is there in one piece is taken as it came, and but once', () => {
  const { request } = begin()
  const body = Buffer.from('body')
  request.push(body)
  assert.equal(request.takeWhole(), undefined, 'there may be more')
  complete(request)
  assert.equal(request.takeWhole(), body)
  assert.equal(request.waitingBytes, 0)
})

test('no body is an empty one', () => {
  const { request } = begin()
  complete(request)
  assert.equal(request.takeWhole()?.length, 0)
  const sink = listen()
  request.read(sink)
  assert.deepEqual(sink.said, ['end'])
})

test('a body in pieces is not taken whole, but read in their order, before and after it was asked for', () => {
  const { request, asked } = begin()
  push(request, 'a', 'b')
  const sink = listen()
  request.read(sink)
  assert.equal(asked(), 1)
  push(request, 'c')
  complete(request)
  assert.deepEqual(sink.said, ['a', 'b', 'c', 'end'])
  request.finish()
  assert.equal(sink.said.length, 4, 'its end is told once')
  const whole = begin().request
  push(whole, 'a', 'b')
  complete(whole)
  assert.equal(whole.takeWhole(), undefined)
  const second = listen()
  whole.read(second)
  assert.deepEqual(second.said, ['a', 'b', 'end'])
})

test('what waits is counted with what a piece costs beside its bytes', () => {
  const { request } = begin()
  push(request, 'a'.repeat(1_000))
  assert.ok(request.waitingBytes > 1_000 && request.waitingBytes < 2_000)
  for (let index = 0; index < 100; index += 1) push(request, 'b')
  assert.ok(request.waitingBytes > 20_000)
  request.read(listen())
  assert.equal(request.waitingBytes, 0)
})

test('what nobody wants is forgotten, and the connection reads on', () => {
  const { request, asked } = begin()
  push(request, 'a')
  request.discard()
  push(request, 'b')
  assert.deepEqual([request.waitingBytes, asked()], [0, 1])
  complete(request)
})

test('a reader that has enough in the middle is told nothing more, not even the end', () => {
  for (const isWaiting of [true, false]) {
    const { request } = begin()
    const sink = listen()
    const reader: BodySink = {
      onData(piece) {
        sink.onData(piece)
        request.discard()
      },
      onEnd: () => sink.onEnd(),
    }
    if (isWaiting) {
      push(request, 'a', 'b')
      request.complete = true
      request.read(reader)
    } else {
      request.read(reader)
      push(request, 'a', 'b')
      complete(request)
    }
    assert.deepEqual(sink.said, ['a'])
  }
})
