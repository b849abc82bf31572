import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { parseTraceparent } from '../../src/core/trace-context.ts'
import { metricNames } from '../../src/telemetry/catalogue.ts'
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.ts'
import { startGateway, toConfig, until, type TestGateway, type Written } from '../support/weir.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const TOKEN = 'Bearer of-the-collector'

const backend = createServer((request, response) => {
  request.resume()
  if (request.method === 'POST') received.push(request)
  response.writeHead(request.method === 'POST' && failing > 0 ? 503 : 200, {
    'content-type': 'application/json',
  })
  if (request.method === 'POST' && failing > 0) failing -= 1
  response.end(
    '{"model":"m","choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":1}}',
  )
})
const received: IncomingMessage[] = []
let failing = 0
let receiver: OtlpReceiver
let gateway: TestGateway

before(async () => {
  receiver = await startOtlpReceiver()
  await new Promise<void>((resolve) => void backend.listen(0, '127.0.0.1', resolve))
  const url = urlOf(backend)
  gateway = await startGateway({
    auth: 'none',
    backends: ['one', 'two'].map((name) => ({ name, url, kind: 'openai', models: ['m'] })),
    otlp: {
      ...{ url: receiver.url, metrics: '1s', headers: { authorization: TOKEN } },
      resource: { 'deployment.environment.name': 'test' },
    },
  })
})
after(async () => {
  await gateway.stop()
  await receiver.close()
  await new Promise<void>((resolve) => void backend.close(() => resolve()))
})

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function ask(headers: Readonly<Record<string, string>> = {}, at = gateway): Promise<void> {
  const response = await fetch(`${at.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"model":"m","messages":[]}',
  })
  await response.arrayBuffer()
}

test('a caller’s trace goes on through the gateway: request, attempts, and what the backend is told', async () => {
  failing = 1
  await ask({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'a=b' })
  await until(() => receiver.spans.length >= 3, 'three spans')
  const [request, ...attempts] = receiver.spans
  assert.deepEqual(
    [request?.traceId, request?.parentSpanId, request?.name, request?.kind],
    [TRACE, SPAN, 'chat m', 2],
  )
  assert.deepEqual(
    attempts.map(({ parentSpanId, kind }) => [parentSpanId, kind]),
    [
      [request?.spanId, 3],
      [request?.spanId, 3],
    ],
  )
  assert.deepEqual(
    attempts.map(({ status }) => status.code),
    [2, 0],
  )
  const told = received.map(({ headers }) => parseTraceparent(String(headers['traceparent'])))
  assert.deepEqual(
    told,
    attempts.map(({ spanId }) => ({ traceId: TRACE, spanId, isSampled: true })),
  )
  assert.equal(received.at(-1)?.headers['tracestate'], 'a=b')
  assert.equal(request?.attributes['gen_ai.usage.input_tokens'], 7)
  assert.equal(request.attributes['http.response.status_code'], 200)
  assert.ok(
    attempts.every(({ startMs, endMs }) => startMs >= request.startMs && endMs <= request.endMs + 0.001),
  )
})

test('the collector gets our credentials and learns whose spans they are', () => {
  assert.ok(receiver.headers.every(({ authorization }) => authorization === TOKEN))
  const [resource = {}] = receiver.resources
  assert.equal(resource['service.name'], 'weir')
  assert.equal(resource['deployment.environment.name'], 'test')
  assert.match(String(resource['service.instance.id']), /\/127\.0\.0\.1:/)
})

test('a request without a trace gets one, which its record and the backend share', async () => {
  receiver.spans.length = 0
  received.length = 0
  await ask()
  await until(() => receiver.spans.length >= 2, 'two spans')
  const [request] = receiver.spans
  assert.equal(request?.parentSpanId, '')
  assert.equal(parseTraceparent(String(received[0]?.headers['traceparent']))?.traceId, request.traceId)
})

test('a caller that does not record its part gets no spans', async () => {
  receiver.spans.length = 0
  await ask({ traceparent: `00-${TRACE}-${SPAN}-00` })
  await ask()
  await until(() => receiver.spans.length >= 2, 'two spans')
  assert.ok(receiver.spans.every(({ traceId }) => traceId !== TRACE))
})

test('metrics arrive under the names of the page, with the same numbers', async () => {
  await until(() => receiver.metrics.length > 0, 'metrics')
  const names = new Set(metricNames())
  for (const { name } of receiver.metrics) assert.ok(names.has(name), name)
  const find = (name: string) => receiver.metrics.find((metric) => metric.name === name)
  const countOk = (): number =>
    (find('weir_requests_total')?.points ?? [])
      .filter(({ attributes }) => attributes['outcome'] === 'ok' && attributes['model'] === 'm')
      .reduce((sum, { value }) => sum + value, 0)
  await until(() => countOk() === 4, 'four requests')
  assert.equal(find('weir_requests_total')?.kind, 'sum')
  const durations = find('http_request_duration_seconds')
  const point = durations?.points.find(({ count }) => count > 0)
  assert.equal(durations?.unit, 's')
  assert.equal(
    point?.buckets.reduce((sum, count) => sum + count, 0),
    point?.count,
  )
  assert.equal(point?.buckets.length, (point?.bounds.length ?? 0) + 1)
})

test('a collector that refuses costs spans, counted, and no request', async () => {
  receiver.status = 400
  await ask()
  await until(
    async () => /weir_records_dropped_total\{reason="trace_failed"\} [1-9]/.test(await gateway.scrape()),
    'a count of what was dropped',
  )
  receiver.status = 200
})

test('a configuration that is taken over while it runs begins no traces that nobody would send', async (t) => {
  const written = {
    auth: 'none',
    backends: [{ name: 'one', url: urlOf(backend), kind: 'openai', models: ['m'] }],
  }
  const silent = await startGateway(written)
  t.after(() => silent.stop())
  await silent.weir.apply(toConfig({ ...written, otlp: { url: receiver.url } }))
  received.length = 0
  await ask({}, silent)
  assert.deepEqual(
    received.map(({ headers }) => headers['traceparent']),
    [undefined],
  )
  assert.ok(silent.logLines.some((line) => /only after a restart/.test(line) && /otlp/.test(line)))
})

test('the configurations of the guide are read', () => {
  const guide = readFileSync(new URL('../../docs/guide/opentelemetry.md', import.meta.url), 'utf8')
  const read = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    ([, block = '']) => toConfig(parse(block) as Written, { OTLP_TOKEN: 't' }).telemetry.otlp,
  )
  assert.deepEqual(
    read.map((otlp) => [otlp?.url, otlp?.traces, otlp?.metrics]),
    [
      ['http://127.0.0.1:4318', 0.1, 60_000],
      ['http://127.0.0.1:9090/api/v1/otlp', 0, 15_000],
    ],
  )
})
