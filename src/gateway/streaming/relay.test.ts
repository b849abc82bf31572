import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '../../core/clock.ts'
import { WeirError, type ErrorCode } from '../../core/errors.ts'
import { AnswerFacts } from '../dialects/answer-facts.ts'
import type { Api } from '../dialects/api.ts'
import { openAiChat } from '../dialects/openai-chat/api.ts'
import { openAiResponses } from '../dialects/openai-responses/api.ts'
import type { Exchange } from '../exchange.ts'
import type { CallerResponse } from '../http/caller/caller-response.ts'
import type { UpstreamAttempt } from '../upstream/attempt.ts'
import { Relay } from './relay.ts'

/** The caller's side: takes what it is given until it is told to be slow. */
class FakeResponse extends EventEmitter {
  isSlow = false
  destroyed = false
  ended = false
  text = ''

  write(bytes: Buffer): boolean {
    this.text += bytes.toString('utf8')
    return !this.isSlow
  }

  onceDrained(callback: () => void): void {
    this.once('drain', callback)
  }

  end(last: Buffer | string = ''): void {
    this.text += last.toString()
    this.ended = true
  }

  destroy(): void {
    this.destroyed = true
  }
}

/** The backend's side, as far as it is held up. */
class FakeAttempt {
  pausedMs: number | undefined

  pause(nowMs: number): void {
    this.pausedMs ??= nowMs
  }

  resume(nowMs: number): number {
    const stalledMs = this.pausedMs === undefined ? 0 : nowMs - this.pausedMs
    this.pausedMs = undefined
    return stalledMs
  }
}

interface Bench {
  readonly clock: ManualClock
  readonly relay: Relay
  readonly response: FakeResponse
  readonly attempt: FakeAttempt
  readonly exchange: Pick<Exchange, 'error' | 'interruptedBy' | 'responseBytes' | 'clientStallMs'>
}

function createBench({
  api = openAiChat,
  isEventStream = true,
}: { api?: Api; isEventStream?: boolean } = {}): Bench {
  const clock = createManualClock()
  const response = new FakeResponse()
  const attempt = new FakeAttempt()
  const exchange = {
    id: 'req_1',
    api,
    response: response as unknown as CallerResponse,
    answerFacts: new AnswerFacts(api),
    responseBytes: 0,
    clientStallMs: 0,
    error: undefined,
    interruptedBy: undefined,
  }
  const relay = new Relay(exchange as unknown as Exchange, attempt as unknown as UpstreamAttempt, {
    clock,
    isEventStream,
  })
  return { clock, relay, response, attempt, exchange }
}

test('a complete answer ends, and every byte of it is counted', async () => {
  const { relay, response, exchange } = createBench()
  relay.write(Buffer.from('data: 堰\n\n'))
  relay.onUpstreamEnd(undefined)
  await relay.done
  assert.deepEqual([response.text, response.ended, response.destroyed], ['data: 堰\n\n', true, false])
  assert.equal(exchange.responseBytes, Buffer.byteLength('data: 堰\n\n'))
  assert.deepEqual([exchange.error, exchange.interruptedBy], [undefined, undefined])
})

const INTERRUPTERS: readonly (readonly [ErrorCode, string])[] = [
  ['stream_interrupted', 'backend'],
  ['idle_timeout', 'backend'],
  ['deadline_exceeded', 'backend'],
  ['backend_error', 'backend'],
  ['backend_protocol_error', 'backend'],
  ['draining', 'gateway'],
  ['internal', 'gateway'],
]

test('an event stream that breaks ends in an error event of its dialect, and the record knows who broke it', async () => {
  for (const [code, by] of INTERRUPTERS) {
    const { relay, response, exchange } = createBench()
    relay.write(Buffer.from('data: {}\n\n'))
    const error = new WeirError(code)
    relay.onUpstreamEnd(error)
    await relay.done
    assert.match(response.text, new RegExp(`^data: {}\\n\\ndata: {"error":{.*"code":"${code}"}}\\n\\n$`))
    assert.deepEqual([response.ended, response.destroyed], [true, false])
    assert.deepEqual([exchange.error, exchange.interruptedBy], [error, by])
    assert.equal(exchange.responseBytes, Buffer.byteLength(response.text))
  }
})

test('an error event goes on counting where the backend stopped', () => {
  const { relay, response, exchange } = createBench({ api: openAiResponses })
  ;(exchange as Exchange).answerFacts!.sequence = 41
  relay.onUpstreamEnd(new WeirError('stream_interrupted'))
  assert.match(response.text, /"sequence_number":42,/)
})

test('what has no room for an error event is reset, never ended as if it were complete', () => {
  const { relay, response } = createBench({ isEventStream: false })
  relay.write(Buffer.from('{"data":['))
  relay.onUpstreamEnd(new WeirError('stream_interrupted'))
  assert.deepEqual([response.text, response.ended, response.destroyed], ['{"data":[', false, true])
})

test('a caller that left is told nothing more', () => {
  const { relay, response, exchange } = createBench()
  relay.onUpstreamEnd(new WeirError('client_closed'))
  assert.deepEqual([response.text, response.ended, response.destroyed], ['', false, true])
  assert.equal(exchange.interruptedBy, 'caller')
})

test('a caller that does not keep up holds the backend up, and the time is booked to it', () => {
  const { clock, relay, response, attempt, exchange } = createBench()
  response.isSlow = true
  relay.write(Buffer.from('a'))
  assert.notEqual(attempt.pausedMs, undefined)
  clock.advance(30)
  response.emit('drain')
  assert.equal(attempt.pausedMs, undefined)
  assert.equal(exchange.clientStallMs, 30)
  response.isSlow = false
  relay.write(Buffer.from('b'))
  assert.equal(attempt.pausedMs, undefined)
  response.isSlow = true
  relay.write(Buffer.from('c'))
  clock.advance(12)
  relay.onUpstreamEnd(undefined)
  assert.equal(exchange.clientStallMs, 42)
  clock.advance(100)
  response.emit('drain')
  assert.equal(exchange.clientStallMs, 42, 'booked twice')
})
