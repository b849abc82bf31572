import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { startGateway, until, type TestGateway } from '../support/weir.ts'
import { sendRaw, type Answer } from './support/wire.ts'

const BACKEND_KEY = 'sk-of-the-backend'
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN_ID = '00f067aa0ba902b7'

let backend: Server
let gateway: TestGateway
let received: IncomingMessage | undefined
/** What the backend sends besides its content type. */
let answerHeaders: string[] = []

before(async () => {
  backend = createServer((request, response) => {
    request.resume()
    if (request.method === 'POST') received = request
    response.writeHead(200, ['content-type', 'application/json', ...answerHeaders])
    response.end('{"model":"m","choices":[]}')
  })
  await new Promise<void>((resolve) => void backend.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`
  gateway = await startGateway({
    auth: 'none',
    backends: [
      { name: 'with-key', url, kind: 'openai', models: ['m'], apiKey: BACKEND_KEY },
      { name: 'without-key', url, kind: 'openai', models: ['open'] },
    ],
  })
})
after(async () => {
  await gateway.stop()
  await new Promise<void>((resolve) => void backend.close(() => resolve()))
})

type Pairs = readonly (readonly [string, string])[]

async function ask(headers: Pairs, model = 'm'): Promise<{ answer: Answer; seen: IncomingMessage }> {
  received = undefined
  const body = `{"model":"${model}","messages":[]}`
  const answer = await sendRaw(gateway.port, { path: '/v1/chat/completions', headers, body })
  assert.equal(answer.status, 200, answer.body.toString())
  assert.ok(received !== undefined)
  return { answer, seen: received }
}

test("what is the caller's own, or about its connection, does not reach the backend", async () => {
  const kept: Pairs = [
    ['Authorization', 'Bearer wk_caller'],
    ['X-Api-Key', 'wk_caller'],
    ['Api-Key', 'wk_caller'],
    ['Cookie', 'session=1'],
    ['X-Forwarded-For', '10.0.0.1'],
    ['X-Forwarded-Host', 'inside.example'],
    ['X-Forwarded-Anything', '1'],
    ['Forwarded', 'for=10.0.0.1'],
    ['X-Real-IP', '10.0.0.1'],
    ['Via', '1.1 proxy'],
    ['Proxy-Authorization', 'Basic eA=='],
    ['Proxy-Connection', 'keep-alive'],
    ['TE', 'trailers'],
    ['Trailer', 'x-sum'],
    ['Keep-Alive', 'timeout=99'],
    ['Accept-Encoding', 'gzip, br'],
    ['X-Weir-Backend', 'forged'],
    ['Connection', 'close, X-Hop , x-other-hop'],
    ['X-Hop', '1'],
    ['X-Other-Hop', '2'],
  ]
  const { seen } = await ask(kept, 'open')
  const names = new Set(
    seen.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()),
  )
  // Set anew for the message that is sent on.
  for (const own of ['accept-encoding', 'connection', 'host', 'content-length']) names.delete(own)
  for (const [name] of kept) assert.ok(!names.has(name.toLowerCase()), name)
  assert.equal(seen.headers['accept-encoding'], 'identity')
  assert.equal(seen.headers.connection, 'keep-alive')
  assert.match(seen.headers.host ?? '', /^127\.0\.0\.1:\d+$/)
})

test('everything else reaches the backend as it was written, repeated headers included', async () => {
  const { seen } = await ask([
    ['User-Agent', 'a client/1.0'],
    ['OpenAI-Organization', 'org-1'],
    ['anthropic-version', '2023-06-01'],
    ['Accept', 'text/event-stream'],
    ['X-Twice', 'one'],
    ['X-Twice', 'two'],
    ['x-constructor', 'is a header'],
    ['constructor', 'is one too'],
  ])
  assert.equal(seen.headers['user-agent'], 'a client/1.0')
  assert.equal(seen.headers['openai-organization'], 'org-1')
  assert.equal(seen.headers['anthropic-version'], '2023-06-01')
  assert.equal(seen.headers.accept, 'text/event-stream')
  assert.equal(seen.headers['x-twice'], 'one, two')
  assert.equal(seen.headers['constructor'], 'is one too')
  assert.equal(seen.headers['content-type'], 'application/json')
})

test("the backend gets its own key, and never the caller's", async () => {
  const callers: Pairs = [['Authorization', 'Bearer wk_caller']]
  assert.equal((await ask(callers)).seen.headers.authorization, `Bearer ${BACKEND_KEY}`)
  assert.equal((await ask(callers, 'open')).seen.headers.authorization, undefined)
})

test('what tells of the backend or belongs to it does not reach the caller', async () => {
  const denied: Pairs = [
    ['server', 'secret-server/1.2'],
    ['x-powered-by', 'Secret'],
    ['via', '1.1 inside'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['www-authenticate', 'Bearer realm="inside"'],
    ['strict-transport-security', 'max-age=1'],
    ['alt-svc', 'h3=":443"'],
    ['access-control-allow-origin', '*'],
    ['x-ratelimit-remaining-requests', '7'],
    ['anthropic-ratelimit-tokens-remaining', '7'],
    ['x-request-id', 'of-the-backend'],
    ['request-id', 'of-the-backend'],
    ['x-weir-backend', 'forged'],
    ['keep-alive', 'timeout=99'],
    ['proxy-authenticate', 'Basic'],
    ['connection', 'keep-alive, x-hop'],
    ['connection', 'X-Other-Hop'],
    ['x-hop', '1'],
    ['x-other-hop', '2'],
  ]
  answerHeaders = denied.flat()
  try {
    const { answer } = await ask([])
    for (const [name, value] of denied) {
      const crossed = answer.headers.some(([each, sent]) => each === name && sent === value)
      assert.ok(!crossed, `${name}: ${value}`)
    }
    assert.equal(answer.header('x-weir-backend'), 'with-key')
    assert.equal(answer.header('x-weir-model'), 'm')
    assert.equal(answer.header('x-weir-attempts'), '1')
    assert.match(answer.header('x-request-id') ?? '', /^req_[0-9a-f]{32}$/)
    assert.match(answer.header('server-timing') ?? '', /^receive;dur=[\d.]+, connect;dur=[\d.]+, decode;dur=/)
  } finally {
    answerHeaders = []
  }
})

test("the backend's other headers reach the caller", async () => {
  answerHeaders = ['openai-processing-ms', '12', 'x-own', 'a', 'x-own', 'b', 'cache-control', 'no-store']
  try {
    const { answer } = await ask([])
    assert.equal(answer.header('openai-processing-ms'), '12')
    assert.equal(answer.header('cache-control'), 'no-store')
    const own = answer.headers.filter(([name]) => name === 'x-own').map(([, value]) => value)
    assert.deepEqual(own, ['a', 'b'])
    assert.equal(answer.header('content-type'), 'application/json')
  } finally {
    answerHeaders = []
  }
})

test('a trace crosses to the backend and is found in the record and in the log', async () => {
  const sealed = gateway.records.length
  const traceparent = `00-${TRACE_ID}-${SPAN_ID}-01`
  const { seen, answer } = await ask([
    ['traceparent', traceparent],
    ['tracestate', 'vendor=1'],
  ])
  assert.equal(seen.headers['traceparent'], traceparent)
  assert.equal(seen.headers['tracestate'], 'vendor=1')
  const record = (await gateway.untilSealed(sealed + 1))[sealed]
  assert.deepEqual([record?.traceId, record?.parentSpanId], [TRACE_ID, SPAN_ID])
  await ask([['traceparent', '00-not a trace']])
  const broken = (await gateway.untilSealed(sealed + 2))[sealed + 1]
  assert.deepEqual([broken?.traceId, broken?.parentSpanId], [undefined, undefined])
  const id = answer.header('x-request-id') ?? 'none'
  const isLine = (line: string): boolean => line.includes(id) && line.includes(TRACE_ID)
  await until(() => gateway.logLines.some(isLine), 'a log line with both ids')
})

test("a sane request id of the caller's is kept everywhere; any other is replaced", async () => {
  const sane = 'Order-7:retry_1.a'
  const { seen, answer } = await ask([['X-Request-ID', sane]])
  assert.equal(answer.header('x-request-id'), sane)
  assert.equal(seen.headers['x-request-id'], sane)
  assert.equal(gateway.records.at(-1)?.id, sane)
  const insane = ['with blank', 'x'.repeat(129), 'näh', '{"a":1}', 'a,b', '<script>', '%0d%0aSet-Cookie:x']
  for (const id of insane) {
    const { seen: got, answer: given } = await ask([['X-Request-ID', id]])
    const replaced = given.header('x-request-id') ?? ''
    assert.match(replaced, /^req_[0-9a-f]{32}$/, id)
    assert.equal(got.headers['x-request-id'], replaced)
  }
  const twice = await ask([
    ['X-Request-ID', 'one'],
    ['X-Request-ID', 'two'],
  ])
  assert.match(twice.answer.header('x-request-id') ?? '', /^req_/, 'two ids are none')
})
