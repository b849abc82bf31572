import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toAttempt, toPhases, toRecord } from '../../core/fixtures/record.ts'
import { toAttemptSpanId, toRequestSpanId } from '../../core/trace-context.ts'
import { toSpans } from './span.ts'

const TRACE = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  parentSpanId: '00f067aa0ba902b7',
  isTraced: true,
} as const

test('a request that is not traced has no spans', () => {
  assert.deepEqual(toSpans(toRecord()), [])
  assert.deepEqual(toSpans(toRecord({ ...TRACE, isTraced: undefined })), [])
})

test('the request is the parent of its attempts, and the caller’s span is its parent', () => {
  const record = toRecord({
    ...TRACE,
    attempts: [
      toAttempt({ backend: 'a', result: 'error', code: 'backend_unreachable', startedMs: 1, endedMs: 3 }),
      toAttempt({ backend: 'b', startedMs: 4, endedMs: 1_000 }),
    ],
  })
  const [request, first, second] = toSpans(record)
  assert.ok(request !== undefined && first !== undefined && second !== undefined)
  const spanId = toRequestSpanId(TRACE, record)
  assert.deepEqual(
    [request.spanId, request.parentSpanId, request.isParentRemote],
    [spanId, TRACE.parentSpanId, true],
  )
  assert.deepEqual(
    [first, second].map(({ parentSpanId }) => parentSpanId),
    [spanId, spanId],
  )
  assert.deepEqual([first.spanId, second.spanId], [toAttemptSpanId(spanId, 0), toAttemptSpanId(spanId, 1)])
  assert.deepEqual([first.error, second.error], ['backend_unreachable', undefined])
  assert.deepEqual(
    [first.startMs - record.startedAtMs, first.endMs - record.startedAtMs, second.attributes['weir.attempt']],
    [1, 3, 2],
  )
})

test('attributes have the names of the conventions, and what is not known is left out', () => {
  const record = toRecord({
    ...TRACE,
    modelAsked: 'latest',
    modelRouted: 'qwen3:32b',
    modelAnswered: 'qwen3:32b-q4',
    usage: { promptTokens: 12, outputTokens: 41, cachedTokens: undefined, reasoningTokens: undefined },
    finishReason: 'stop',
    firstTokenMs: 400,
    phases: toPhases({ prefill: 399, decode: 800, 'client-stall': 1 }),
  })
  const [span] = toSpans(record)
  assert.equal(span?.name, 'chat qwen3:32b')
  const { attributes = {} } = span ?? {}
  assert.deepEqual(
    [
      'gen_ai.request.model',
      'gen_ai.response.model',
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.output_tokens',
    ].map((name) => attributes[name]),
    ['latest', 'qwen3:32b-q4', 12, 41],
  )
  assert.deepEqual(attributes['gen_ai.response.finish_reasons'], ['stop'])
  assert.equal(attributes['gen_ai.response.time_to_first_chunk'], 0.4)
  assert.equal(attributes['weir.phase.client_stall'], 0.001)
  assert.ok(!('gen_ai.usage.cache_read.input_tokens' in attributes) && !('weir.phase.queue' in attributes))
  assert.ok(Object.values(attributes).every((value) => value !== undefined))
})

test('a name never holds a caller’s own text, and what asks no model is named by its route', () => {
  const strange = toRecord({
    ...TRACE,
    modelAsked: 'x'.repeat(5_000),
    modelRouted: undefined,
    operation: 'chat',
  })
  const [span] = toSpans(strange)
  assert.equal(span?.name, 'chat')
  assert.equal(String(span.attributes['gen_ai.request.model']).length, 200)
  const listed = toSpans(toRecord({ ...TRACE, operation: 'models', method: 'GET', endpoint: '/v1/models' }))
  assert.equal(listed[0]?.name, 'GET /v1/models')
})

test('what a caller did wrong is no error of this span, what a backend did is', () => {
  const errorOf = (given: Parameters<typeof toRecord>[0]) =>
    toSpans(toRecord({ ...TRACE, ...given }))[0]?.error
  assert.equal(errorOf({ outcome: 'caller_error', code: 'invalid_request' }), undefined)
  assert.equal(errorOf({ outcome: 'abandoned', code: 'client_closed' }), undefined)
  assert.equal(errorOf({ outcome: 'backend_error', code: 'idle_timeout' }), 'idle_timeout')
  assert.equal(errorOf({ outcome: 'gateway_error', code: 'internal' }), 'internal')
})
