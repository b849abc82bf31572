import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isInShare,
  parseTraceparent,
  printTraceparent,
  toAttemptSpanId,
  toRequestSpanId,
  toTraceId,
} from './trace-context.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

test('a traceparent is read, with what its flags say', () => {
  const read = { traceId: TRACE, spanId: SPAN }
  assert.deepEqual(parseTraceparent(`00-${TRACE}-${SPAN}-01`), { ...read, isSampled: true })
  assert.deepEqual(parseTraceparent(`00-${TRACE}-${SPAN}-00`), { ...read, isSampled: false })
  assert.deepEqual(parseTraceparent(`cc-${TRACE}-${SPAN}-09`), { ...read, isSampled: true })
})

test('what is no traceparent begins no trace', () => {
  const broken = [
    ...['', 'x', `00-${TRACE}-${SPAN}`, `ff-${TRACE}-${SPAN}-01`, `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ...[`00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`, `00-${TRACE}-${SPAN}-01-`],
  ]
  for (const text of broken) assert.equal(parseTraceparent(text), undefined, text)
})

test('what is printed is read again as a trace that is recorded', () => {
  assert.deepEqual(parseTraceparent(printTraceparent(TRACE, SPAN)), {
    ...{ traceId: TRACE, spanId: SPAN, isSampled: true },
  })
})

test('ids are valid, the same for the same request, and others for another moment, salt or attempt', () => {
  const request = { id: 'req_1', startedAtMs: 1_000 }
  const traceId = toTraceId(request, 1)
  const trace = { traceId, parentSpanId: undefined }
  const spanId = toRequestSpanId(trace, request)
  assert.match(traceId, /^[0-9a-f]{32}$/)
  assert.match(spanId, /^[0-9a-f]{16}$/)
  assert.equal(toTraceId(request, 1), traceId)
  assert.equal(toRequestSpanId(trace, request), spanId)
  assert.notEqual(toTraceId(request, 2), traceId)
  assert.notEqual(toTraceId({ ...request, startedAtMs: 1_001 }, 1), traceId)
  const attempts = [0, 1, 2].map((place) => toAttemptSpanId(spanId, place))
  assert.equal(new Set([spanId, ...attempts]).size, 4)
})

test('a gateway behind another one has spans of its own, also in the same millisecond and under the same id', () => {
  const request = { id: 'req_1', startedAtMs: 1_000 }
  const first = toRequestSpanId({ traceId: TRACE, parentSpanId: SPAN }, request)
  const parentSpanId = toAttemptSpanId(first, 0)
  const second = toRequestSpanId({ traceId: TRACE, parentSpanId }, request)
  assert.equal(new Set([SPAN, first, parentSpanId, second, toAttemptSpanId(second, 0)]).size, 5)
})

test('the share that is recorded is about the one that was asked for', () => {
  const ids = Array.from({ length: 4_000 }, (_, at) => toTraceId({ id: `req_${at}`, startedAtMs: at }, 0))
  const recorded = (share: number): number => ids.filter((id) => isInShare(id, share)).length
  assert.equal(recorded(0), 0)
  assert.equal(recorded(1), ids.length)
  const quarter = recorded(0.25)
  assert.ok(quarter > 850 && quarter < 1_150, String(quarter))
})
