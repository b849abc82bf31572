import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createManualClock, systemClock } from '../../core/clock.ts'
import { Secret } from '../../core/secret.ts'
import { createPrometheusClient, type PrometheusClient, type PrometheusOptions } from './client.ts'

const TIMEOUT_MS = 5_000
const ONE =
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"slo":"a"},"value":[1.5,"7"]}]}}'

let server: Server
let answer: RequestListener = (_request, response) => response.end(ONE)
let asked: IncomingMessage[] = []

before(async () => {
  server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
})
after(() => {
  server.closeAllConnections()
  server.close()
})

const portOf = (): number => (server.address() as AddressInfo).port

function create(given: Partial<PrometheusOptions> = {}, prefix = ''): PrometheusClient {
  asked = []
  const url = `http://127.0.0.1:${portOf()}${prefix}`
  return createPrometheusClient({ url, timeoutMs: TIMEOUT_MS, clock: systemClock, ...given })
}

async function reasonOf(client: PrometheusClient): Promise<string> {
  const result = await client.query('up')
  assert.equal(result.ok, false)
  return result.ok ? '' : result.reason
}

test('a query goes below the path of the address, with its time, and gives labels and values', async () => {
  answer = (_request, response) => response.end(ONE)
  for (const [prefix, path] of [
    ['', '/api/v1/query'],
    ['/', '/api/v1/query'],
    ['/prometheus/', '/prometheus/api/v1/query'],
    ['/prometheus?x=1#y', '/prometheus/api/v1/query'],
  ] as const) {
    const result = await create({}, prefix).query('sum by (slo) (x{a="b c"}) > 1', 1_700_000_000.5)
    assert.deepEqual(result, { ok: true, samples: [{ labels: { slo: 'a' }, value: 7 }] })
    const url = new URL(asked[0]?.url ?? '', 'http://x')
    assert.equal(url.pathname, path)
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      query: 'sum by (slo) (x{a="b c"}) > 1',
      time: '1700000000.5',
    })
  }
})

test('credentials are sent as they were given, and those in the address where none were', async () => {
  answer = (_request, response) => response.end(ONE)
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  const url = `http://us%40er:p%3Aw@127.0.0.1:${portOf()}`
  const cases: readonly (readonly [Partial<PrometheusOptions>, string | undefined])[] = [
    [{}, undefined],
    [{ url }, basic('us@er:p:w')],
    [{ url: url.replace('us%40er', '100%') }, basic('100%:p:w')],
    [{ credential: { kind: 'bearer', token: new Secret('t0ken') } }, 'Bearer t0ken'],
    [{ url, credential: { kind: 'bearer', token: new Secret('t0ken') } }, 'Bearer t0ken'],
    [{ credential: { kind: 'basic', user: 'u', password: new Secret('p') } }, basic('u:p')],
  ]
  for (const [given, expected] of cases) {
    await create(given).query('up')
    assert.equal(asked[0]?.headers.authorization, expected)
  }
  await create({ headers: { 'x-scope-orgid': 'tenant-1' } }).query('up')
  assert.equal(asked[0]?.headers['x-scope-orgid'], 'tenant-1')
})

test('whatever goes wrong is a reason, and none of them shows a password', async () => {
  const url = `http://user:s3cret@127.0.0.1:${portOf()}`
  const status = (code: number, text: string, headers = {}): RequestListener => {
    return (_request, response) => response.writeHead(code, headers).end(text)
  }
  const cases: readonly (readonly [string, RequestListener, RegExp])[] = [
    ['a login', status(401, 'Unauthorized'), /answered 401: it asks for another login/],
    ['forbidden', status(403, '{}'), /answered 403: it asks for another login/],
    ['a redirect', status(302, '', { location: '/login' }), /answered 302: it sends elsewhere/],
    ['not there', status(404, '404 page not found'), /answered 404: no Prometheus has its API there/],
    ['a page', status(200, '<html>  <title>Grafana</title>'), /is not JSON: <html> <title>Grafana/],
    ['other JSON', status(200, '{"ok":true}'), /JSON that no Prometheus gives: \{"ok":true\}/],
    ['a proxy', status(502, 'Bad Gateway'), /answered 502: Bad Gateway/],
    [
      'a refusal',
      status(422, '{"status":"error","errorType":"execution","error":"too many samples"}'),
      /says execution: too many samples/,
    ],
    ['half an answer', status(200, ONE.slice(0, 40)), /is not JSON/],
    ['a hang-up', (request) => void request.socket.destroy(), /could not be reached/],
    [
      'a hang-up in the middle',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 1_000 })
        response.write(ONE.slice(0, 20), () => void response.destroy())
      },
      /could not be reached/,
    ],
    [
      'more than anybody needs',
      (_request, response) => void response.end(Buffer.alloc(17 * 1_048_576, 32)),
      /more than 16777216 bytes/,
    ],
  ]
  for (const [name, listener, expected] of cases) {
    answer = listener
    const reason = await reasonOf(create({ url }))
    assert.match(reason, expected, name)
    assert.match(reason, /^http:\/\/127\.0\.0\.1:\d+ /, name)
    assert.doesNotMatch(reason, /s3cret|dXNlcjpzM2NyZXQ/, name)
  }
})

test('nobody there is said as such', async () => {
  const idle = createServer()
  await new Promise<void>((resolve) => void idle.listen(0, '127.0.0.1', resolve))
  const { port } = idle.address() as AddressInfo
  await new Promise((resolve) => void idle.close(resolve))
  const reason = await reasonOf(create({ url: `http://127.0.0.1:${port}` }))
  assert.equal(reason, `http://127.0.0.1:${port} could not be reached: ECONNREFUSED`)
})

test('an answer that does not come is not waited for', async () => {
  const clock = createManualClock()
  for (const begins of [false, true]) {
    const arrived = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        if (begins) response.writeHead(200).write('{')
        resolve()
      }
    })
    const reason = reasonOf(create({ clock, timeoutMs: 3_000 }))
    await arrived
    clock.advance(3_000)
    assert.match(await reason, /did not answer within 3000 ms/)
  }
})
