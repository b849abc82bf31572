import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTraceparent, toAttemptSpanId, toRequestSpanId } from '../core/trace-context.ts'
import { backendSchema } from './config.ts'
import type { Exchange } from './exchange.ts'
import { toBackendHeaders } from './http/backend-headers.ts'
import { toTraceparent, traceOf } from './trace.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const BACKEND = backendSchema.parse({ name: 'a', url: 'http://127.0.0.1:1' })

function createExchange(traces: number, traceparent?: string): Exchange {
  const headers = traceparent === undefined ? {} : { traceparent }
  return {
    ...{ id: 'req_1', startedAtMs: 1_000, startedMs: 5.25, attempts: [] },
    request: { headers, rawHeaders: Object.entries(headers).flat() },
    runtime: { settings: { traces } },
  } as unknown as Exchange
}

test('where traces go nowhere, a caller’s trace passes as it came, and none begins', () => {
  const given = createExchange(0, `00-${TRACE}-${SPAN}-01`)
  assert.deepEqual(traceOf(given), { traceId: TRACE, parentSpanId: SPAN, isRecorded: false })
  assert.ok(toBackendHeaders(given, BACKEND).includes(`00-${TRACE}-${SPAN}-01`))
  const bare = createExchange(0)
  assert.deepEqual(traceOf(bare), { traceId: undefined, parentSpanId: undefined, isRecorded: false })
  assert.ok(!toBackendHeaders(bare, BACKEND).includes('traceparent'))
})

test('a backend’s parent is the attempt that asks it, and there is one such header', () => {
  const exchange = createExchange(1, `00-${TRACE}-${SPAN}-01`)
  const spanOf = (place: number): string =>
    toAttemptSpanId(toRequestSpanId({ traceId: TRACE, parentSpanId: SPAN }, exchange), place)
  const headers = toBackendHeaders(exchange, BACKEND)
  assert.deepEqual(
    headers.filter((_, at) => headers[at - 1] === 'traceparent'),
    [`00-${TRACE}-${spanOf(0)}-01`],
  )
  exchange.attempts.push({} as never)
  assert.equal(toTraceparent(exchange), `00-${TRACE}-${spanOf(1)}-01`)
})

test('a caller that does not record its part is not recorded here', () => {
  const exchange = createExchange(1, `00-${TRACE}-${SPAN}-00`)
  assert.deepEqual(traceOf(exchange), { traceId: TRACE, parentSpanId: SPAN, isRecorded: false })
  assert.equal(toTraceparent(exchange), undefined)
})

test('a request without a trace begins one, the same for its whole life', () => {
  const exchange = createExchange(1)
  const { traceId, parentSpanId, isRecorded } = traceOf(exchange)
  assert.deepEqual([parentSpanId, isRecorded], [undefined, true])
  assert.equal(traceOf(exchange).traceId, traceId)
  assert.equal(parseTraceparent(toTraceparent(exchange) ?? '')?.traceId, traceId)
})

test('what is outside of the share has no trace of ours', () => {
  const exchange = createExchange(1e-9)
  assert.deepEqual(traceOf(exchange), { traceId: undefined, parentSpanId: undefined, isRecorded: false })
})
