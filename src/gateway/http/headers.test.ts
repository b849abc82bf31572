import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { backendSchema } from '../config.ts'
import { ollamaChat } from '../dialects/ollama/api.ts'
import type { Exchange } from '../exchange.ts'
import { StreamMeter } from '../streaming/meter.ts'
import { toBackendHeaders } from './backend-headers.ts'
import { connectionOptions, crossesToBackend, crossesToCaller, lowerCase } from './headers.ts'
import { commitHeaders, toHeaderValue } from './reply.ts'

const WRITTEN = { name: 'a', url: 'http://127.0.0.1:1' }
const KEYLESS = backendSchema.parse(WRITTEN)

/** What a backend gets of a caller's headers, beside the two that are always sent. */
function sent(raw: readonly string[], backend = KEYLESS): string[] {
  const connection = raw.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === 'connection')
  const headers = connection === -1 ? {} : { connection: raw[connection + 1] }
  const trace = { traceId: undefined, parentSpanId: undefined, isRecorded: false }
  const exchange = { id: 'req_1', trace, request: { rawHeaders: raw, headers } } as unknown as Exchange
  const all = toBackendHeaders(exchange, backend)
  assert.deepEqual(all.slice(0, 4), ['accept-encoding', 'identity', 'x-request-id', 'req_1'])
  return all.slice(4)
}

/** What a caller gets of a backend's headers, beside ours. */
function given(headers: Readonly<Record<string, string | string[]>>, meter?: StreamMeter): string[] {
  const exchange = { id: 'req_1', api: ollamaChat, attempts: [], phaseMs: { receive: 0 }, retryMs: 0, meter }
  const opened = { status: 200, headers: headers as IncomingHttpHeaders, body: undefined, error: undefined }
  const all = commitHeaders(exchange as unknown as Exchange, opened, 0)
  assert.deepEqual(all.slice(0, 5), ['x-request-id', 'req_1', 'x-weir-attempts', '1', 'server-timing'])
  assert.match(all[5] ?? '', /^receive;dur=0(\.0)?$/)
  return all.slice(6)
}

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
const CREDENTIALS = ['authorization', 'x-api-key', 'api-key', 'cookie', 'proxy-authorization']

describe('towards the backend', () => {
  test('what the API needs crosses as it came, in its order, twice if it came twice', () => {
    const raw = [
      ...[
        'Content-Type',
        'application/json',
        'Accept',
        'text/event-stream',
        'anthropic-version',
        '2023-06-01',
      ],
      ...[
        'Anthropic-Beta',
        'a',
        'anthropic-beta',
        'b',
        'OpenAI-Organization',
        'o',
        'traceparent',
        '00-x',
        'X-Custom',
        ' ü',
      ],
    ]
    assert.deepEqual(
      sent(raw),
      raw.map((each, index) => (index % 2 === 0 ? each.toLowerCase() : each)),
    )
  })

  test('what speaks of the caller’s connection or of its key stays here, however it is written', () => {
    const stays = [
      ...[...HOP_BY_HOP, ...CREDENTIALS, 'host', 'content-length', 'expect', 'accept-encoding'],
      ...['forwarded', 'x-forwarded-for', 'x-forwarded-anything', 'x-real-ip', 'via'],
      ...['x-request-id', 'x-weir-backend', 'x-weir-anything', 'proxy-authenticate'],
    ]
    for (const name of stays) {
      for (const spelling of [name, name.toUpperCase()]) assert.deepEqual(sent([spelling, 'v']), [], spelling)
    }
  })

  test('what Connection names stays here too', () => {
    const raw = ['X-One', '1', 'Connection', 'close, X-One ,x-two,', 'x-TWO', '2', 'x-three', '3']
    assert.deepEqual(sent(raw), ['x-three', '3'])
    assert.deepEqual(sent(['connection', 'accept-encoding, x-request-id']), [])
  })

  test('headers named like parts of an object are headers', () => {
    const odd = ['constructor', '__proto__', 'tostring', 'hasownproperty', 'valueof']
    for (const name of odd) {
      assert.deepEqual(sent([name, 'v']), [name, 'v'])
      assert.equal(crossesToCaller(name), true)
      assert.deepEqual(sent([name, 'v', 'connection', name]), [])
    }
  })

  test('the backend’s own key is sent in the form of its kind, never the caller’s', () => {
    const caller = ['Authorization', 'Bearer caller', 'x-api-key', 'caller', 'Cookie', 's=caller']
    const openai = backendSchema.parse({ ...WRITTEN, apiKey: 'mine' })
    assert.deepEqual(sent(caller, openai), ['authorization', 'Bearer mine'])
    const anthropic = backendSchema.parse({ ...WRITTEN, apiKey: 'mine', kind: 'anthropic' })
    assert.deepEqual(sent(caller, anthropic), ['x-api-key', 'mine'])
  })

  test('no credential crosses in any company', () => {
    const name = fc.constantFrom(...CREDENTIALS, 'accept', 'x-other', 'connection', 'content-type')
    const value = fc.constantFrom('secret', 'close', 'x-other', 'authorization')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value, fc.boolean())), (headers) => {
        const raw = headers.flatMap(([each, text, shout]) => [shout ? each.toUpperCase() : each, text])
        const names = sent(raw).filter((_, index) => index % 2 === 0)
        assert.ok(names.every((each) => !CREDENTIALS.includes(each) && !HOP_BY_HOP.includes(each)))
      }),
    )
  })
})

describe('towards the caller', () => {
  test('what describes the answer crosses', () => {
    const headers = {
      'content-type': 'application/json',
      'openai-processing-ms': '12',
      'x-custom': 'v',
      vary: 'a',
    }
    assert.deepEqual(given(headers), Object.entries(headers).flat())
    assert.deepEqual(given({ link: ['a', 'b'] }), ['link', 'a', 'link', 'b'])
  })

  test('what speaks of the backend, its connection or its accounts stays here', () => {
    const stays = [
      ...[...HOP_BY_HOP, 'content-length', 'date', 'server', 'x-powered-by', 'via', 'alt-svc'],
      ...['set-cookie', 'www-authenticate', 'x-request-id', 'request-id', 'strict-transport-security'],
      ...['access-control-allow-origin', 'access-control-allow-credentials', 'proxy-authenticate'],
      ...[
        'x-ratelimit-remaining-requests',
        'anthropic-ratelimit-tokens-limit',
        'x-weir-backend',
        'x-weir-model',
      ],
    ]
    for (const name of stays) assert.deepEqual(given({ [name]: 'v' }), [], name)
    assert.deepEqual(given({ 'set-cookie': ['a=1', 'b=2'] }), [])
  })

  test('what Connection names stays here too', () => {
    assert.deepEqual(given({ connection: 'X-Hop', 'x-hop': '1', 'x-end': '2' }), ['x-end', '2'])
    assert.deepEqual(given({ connection: ['close', 'x-hop'], 'x-hop': '1', 'x-end': '2' }), ['x-end', '2'])
  })

  test('a stream asks not to be buffered or kept, unless its backend said what it wants', () => {
    const asks = ['x-accel-buffering', 'no', 'cache-control', 'no-cache']
    assert.deepEqual(given({}, new StreamMeter()), asks)
    const own = { 'x-accel-buffering': 'yes', 'cache-control': 'no-store' }
    assert.deepEqual(given(own, new StreamMeter()), Object.entries(own).flat())
  })

  test('a model name is a header value whatever it is written in', () => {
    assert.equal(toHeaderValue('qwen3:32b'), 'qwen3:32b')
    assert.equal(toHeaderValue('堰/3'), '%E5%A0%B0%2F3')
    assert.equal(toHeaderValue('a\r\nset-cookie: b'), 'a%0D%0Aset-cookie%3A%20b')
  })
})

test('the options of a connection are read as a list, and the two common ones name nothing', () => {
  for (const plain of ['keep-alive', 'Keep-Alive', 'close', 'Close'])
    assert.equal(connectionOptions(plain), undefined)
  assert.deepEqual(connectionOptions('close, Upgrade'), new Set(['close', 'upgrade']))
})

test('ten thousand names that were never seen change no verdict', () => {
  for (let index = 0; index < 10_000; index += 1) {
    assert.equal(lowerCase(`X-Flood-${index}`), `x-flood-${index}`)
    assert.equal(crossesToBackend(`x-flood-${index}`), true)
  }
  assert.equal(lowerCase('X-API-KEY'), 'x-api-key')
  assert.equal(crossesToBackend('x-api-key'), false)
  assert.equal(crossesToBackend('accept'), true)
})
