// What a hostile or broken client may send, as data: the bytes, and the one answer that each deserves.
// The test that sends them is hostile-input.test.ts.
import { toRequest } from './wire.ts'

export interface HostileCase {
  readonly name: string
  readonly send: string | Buffer
  /** Statuses of all answers in order, interim ones included; empty when the connection is closed without a word. */
  readonly statuses: readonly number[]
  /** How many records it leaves; without this, one for each final answer. */
  readonly records?: number
  /** The code in the last answer's error. */
  readonly code?: string
  /** The `param` in it. */
  readonly param?: string
  /** The client says that nothing more will come. */
  readonly halfClose?: boolean
  readonly head?: boolean
  /** What the answers must not hold, besides what none may. */
  readonly without?: RegExp
}

const PATH = '/v1/chat/completions'
const MESSAGES = '"messages":[{"role":"user","content":"hi"}]'
export const GOOD = `{"model":"sim-chat",${MESSAGES}}`
const DEPTH = 200_000
/** The gateway under test accepts bodies of 4 MiB and heads of 16 KiB. */
export const MAX_BODY_BYTES = 4_194_304
const MAX_HEADER_BYTES = 16_384

export const ok = { statuses: [200] }
export const bad = { statuses: [400], code: 'invalid_request' }
export const at = (status: number, code = 'invalid_request') => ({ statuses: [status], code })

const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Buffer =>
  toRequest({ path: PATH, body, headers })
/** A request written by hand, line by line. */
export const lines = (...text: string[]): string => text.join('\r\n')
export const get = (target: string): string => lines(`GET ${target} HTTP/1.1`, 'host: gateway', '', '')
export const withHeaders = (...headers: string[]): string =>
  lines(`POST ${PATH} HTTP/1.1`, 'host: gateway', ...headers, `content-length: ${GOOD.length}`, '', GOOD)
/** `framing` is the headers that say where the body ends. */
export const framed = (framing: readonly string[], body: string): string =>
  lines(`POST ${PATH} HTTP/1.1`, 'host: gateway', ...framing, '', body)
export const CHUNKED = ['transfer-encoding: chunked']
export const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

const bytesAround = (...middle: number[]): Buffer =>
  Buffer.concat([
    Buffer.from('{"model":"sim-chat","messages":[{"role":"user","content":"'),
    Buffer.from(middle),
    Buffer.from('"}]}'),
  ])

const bodies: readonly HostileCase[] = [
  { name: 'JSON that stops in the middle', send: post('{"model":"sim-chat","messages":['), ...bad },
  { name: 'JSON with something behind it', send: post(`${GOOD}x`), ...bad },
  {
    name: 'no body at all',
    send: lines(`POST ${PATH} HTTP/1.1`, 'host: g', 'content-length: 0', '', ''),
    ...bad,
  },
  { name: 'an array', send: post('[1]'), ...bad },
  { name: 'a text', send: post('"hi"'), ...bad },
  { name: 'a number that is none', send: post(`{"model":"sim-chat","seed":NaN,${MESSAGES}}`), ...bad },
  { name: 'a number with a leading zero', send: post(`{"model":"sim-chat","seed":01,${MESSAGES}}`), ...bad },
  { name: 'a comment', send: post(`{"model":"sim-chat",/* */${MESSAGES}}`), ...bad },
  { name: 'a trailing comma', send: post(`{"model":"sim-chat",${MESSAGES},}`), ...bad },
  { name: 'a raw line break in a text', send: post(bytesAround(0x0a)), ...bad },
  { name: 'a raw NUL in a text', send: post(bytesAround(0x00)), ...bad },
  { name: 'a byte that is no UTF-8', send: post(bytesAround(0xff)), ...bad },
  { name: 'an overlong slash', send: post(bytesAround(0xc0, 0xaf)), ...bad },
  { name: 'half a surrogate pair in UTF-8', send: post(bytesAround(0xed, 0xa0, 0x80)), ...bad },
  { name: 'a character cut in two', send: post(bytesAround(0xe5, 0xa0)), ...bad },
  {
    name: 'a byte order mark',
    send: post(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(GOOD)])),
    ...bad,
  },
  { name: 'UTF-16', send: post(Buffer.from(GOOD, 'utf16le')), ...bad },
  { name: 'the same key twice', send: post(`{"model":"sim-chat","model":"sim-embed",${MESSAGES}}`), ...bad },
  {
    name: 'the same key twice, once escaped',
    send: post(`{"model":"sim-chat","mod\\u0065l":"b",${MESSAGES}}`),
    ...bad,
  },
  {
    name: 'the same key twice inside',
    send: post('{"model":"sim-chat","messages":[{"role":"user","role":"system"}]}'),
    ...bad,
  },
  { name: '200,000 arrays in each other', send: post('['.repeat(DEPTH) + ']'.repeat(DEPTH)), ...bad },
  {
    name: '200,000 objects in each other',
    send: post('{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH)),
    ...bad,
  },
  { name: '200,000 arrays that never close', send: post('['.repeat(DEPTH)), ...bad },
  { name: 'a model that is a number', send: post(`{"model":7,${MESSAGES}}`), ...bad, param: 'model' },
  { name: 'no model', send: post(`{${MESSAGES}}`), ...bad, param: 'model' },
  { name: 'a model without a name', send: post(`{"model":"",${MESSAGES}}`), ...bad, param: 'model' },
  {
    name: 'a model name of 600 letters',
    send: post(`{"model":"${'a'.repeat(600)}",${MESSAGES}}`),
    ...bad,
    param: 'model',
  },
  {
    name: 'a stream that is a text',
    send: post(`{"model":"sim-chat","stream":"yes",${MESSAGES}}`),
    ...bad,
    param: 'stream',
  },
  {
    name: 'stream options that are a list',
    send: post(`{"model":"sim-chat","stream":true,"stream_options":[],${MESSAGES}}`),
    ...bad,
    param: 'stream_options',
  },
]

/** Names that mean something to JavaScript, to a log, to a header or to a terminal. */
const names: readonly HostileCase[] = [
  {
    name: 'a key called __proto__',
    send: post(`{"__proto__":{"polluted":true},"model":"sim-chat",${MESSAGES}}`),
    ...ok,
  },
  {
    name: 'a key called constructor',
    send: post(`{"constructor":{"prototype":{"polluted":true}},"model":"sim-chat",${MESSAGES}}`),
    ...ok,
  },
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((model) => ({
    name: `a model called ${model}`,
    send: post(`{"model":"${model}",${MESSAGES}}`),
    ...at(404, 'model_not_found'),
  })),
  {
    name: 'a model name that would end a header',
    send: post(`{"model":"sim-chat\\r\\nx-evil: 1\\r\\n\\r\\n",${MESSAGES}}`),
    ...at(404, 'model_not_found'),
    without: /^x-evil/im,
  },
  {
    name: 'a model name that would end a log line',
    send: post(`{"model":"sim\\n{\\"level\\":\\"error\\",\\"msg\\":\\"forged\\"}",${MESSAGES}}`),
    ...at(404, 'model_not_found'),
  },
  {
    name: 'a model name for a terminal',
    send: post(`{"model":"\\u001b[2J\\u202e\\u2028\\u0000",${MESSAGES}}`),
    ...at(404, 'model_not_found'),
  },
  {
    name: 'a model name that is half a character',
    send: post(`{"model":"\\ud800",${MESSAGES}}`),
    ...at(404, 'model_not_found'),
  },
  { name: 'a header called __proto__', send: withHeaders('__proto__: evil'), ...ok },
  {
    name: 'a header called constructor',
    send: withHeaders('constructor: evil', 'hasownproperty: evil'),
    ...ok,
  },
  {
    name: 'a request id that would end a header',
    send: withHeaders('x-request-id: a%0d%0ax-evil: 1'),
    ...ok,
    without: /^x-evil/im,
  },
  {
    name: 'a request id that forges a log line',
    send: withHeaders('x-request-id: {"level":"error"}'),
    ...ok,
    without: /level/,
  },
  {
    name: 'a request id of 5,000 letters',
    send: withHeaders(`x-request-id: ${'a'.repeat(5_000)}`),
    ...ok,
    without: /aaaa/,
  },
  {
    name: 'two request ids',
    send: withHeaders('x-request-id: one', 'x-request-id: two'),
    ...ok,
    without: /one|two/,
  },
  { name: 'a traceparent that is none', send: withHeaders('traceparent: 00-zz-00'), ...ok },
]

const sizes: readonly HostileCase[] = [
  {
    name: 'a length over the limit',
    send: framed([`content-length: ${MAX_BODY_BYTES + 1}`], ''),
    ...at(413, 'request_too_large'),
  },
  {
    name: 'a length over all numbers',
    send: framed(['content-length: 99999999999999999'], ''),
    ...at(413, 'request_too_large'),
  },
  {
    name: 'chunks over the limit',
    send: framed(CHUNKED, chunk('a'.repeat(65_536)).repeat(MAX_BODY_BYTES / 65_536 + 1)),
    ...at(413, 'request_too_large'),
  },
  {
    name: 'a length over the limit, with the question whether to go on',
    send: framed([`content-length: ${MAX_BODY_BYTES + 1}`, 'expect: 100-continue'], ''),
    ...at(413, 'request_too_large'),
  },
  { name: 'the question whether to go on', send: withHeaders('expect: 100-continue'), statuses: [100, 200] },
  { name: 'an expectation nobody knows', send: withHeaders('expect: the-unexpected'), ...at(417) },
  ...['gzip', 'br', 'deflate', 'gzip, identity'].map((encoding) => ({
    name: `a body that says it is ${encoding}`,
    send: withHeaders(`content-encoding: ${encoding}`),
    ...at(415),
  })),
  { name: 'a body that says it is itself', send: withHeaders('content-encoding: identity'), ...ok },
  {
    name: 'a header of 17 KB',
    send: withHeaders(`x-long: ${'a'.repeat(17_000)}`),
    ...at(431, 'header_too_large'),
  },
  {
    name: '3,000 headers',
    send: withHeaders(...Array.from({ length: 3_000 }, (_, i) => `x-${i}: v`)),
    ...at(431, 'header_too_large'),
  },
  {
    name: 'a header that hides behind 1,200 short ones',
    send: withHeaders(...Array.from({ length: 1_200 }, () => 'x:'), 'content-encoding: gzip'),
    ...at(415),
  },
  {
    name: 'a request line of 17 KB',
    send: get(`/${'a'.repeat(MAX_HEADER_BYTES)}`),
    ...at(431, 'header_too_large'),
  },
  { name: 'a path of 3,000 letters', send: get(`/${'a'.repeat(3_000)}`), ...at(414) },
  { name: 'a method of 20,000 letters', send: `${'A'.repeat(20_000)} / HTTP/1.1\r\nhost: g\r\n\r\n`, ...bad },
]

const targets: readonly HostileCase[] = [
  ...[
    '/v1/../v1/models',
    '/v1/./models',
    '//v1/models',
    '/v1//models',
    '/v1/models/../../healthz',
    '/v1/%2e%2e/models',
    '/v1%2fmodels',
    '/v1\\models',
    '/v1/models%00',
    '/%2E/v1/models',
    'http://gateway/v1/models',
    'http://elsewhere.example/v1/models',
    'https://user:pass@elsewhere.example/',
    '*',
    'v1/models',
  ].map((target) => ({ name: `the target ${target}`, send: get(target), ...bad })),
  { name: 'a target with a fragment', send: get('/v1/models#x'), ...bad },
  { name: 'a target with a blank', send: get('/v1/models /etc'), ...bad },
  { name: 'a model whose id is not decodable', send: get('/v1/models/%ff'), ...at(404, 'model_not_found') },
  { name: 'a path nobody serves', send: get('/etc/passwd'), ...at(404) },
]

const heads: readonly HostileCase[] = [
  { name: 'two hosts', send: withHeaders('host: elsewhere'), ...bad },
  { name: 'no host', send: lines('GET /v1/models HTTP/1.1', '', ''), ...bad },
  { name: 'a carriage return in a header', send: withHeaders('x-a: b\rx-evil: 1'), ...bad },
  { name: 'a line feed alone', send: `GET /v1/models HTTP/1.1\nhost: g\n\n`, ...bad },
  { name: 'a NUL in a header', send: withHeaders('x-a: b\0c'), ...bad },
  { name: 'a folded header', send: withHeaders('x-a: b', ' c'), ...bad },
  { name: 'a blank before the colon', send: withHeaders('x-a : b'), ...bad },
  { name: 'a header without a name', send: withHeaders(': b'), ...bad },
  { name: 'a line without a colon', send: withHeaders('x-a'), ...bad },
]

const framings: readonly HostileCase[] = [
  { name: 'a length and chunks', send: framed(['content-length: 5', ...CHUNKED], '0\r\n\r\n'), ...bad },
  { name: 'chunks and a length', send: framed([...CHUNKED, 'content-length: 5'], '0\r\n\r\n'), ...bad },
  { name: 'two lengths', send: framed(['content-length: 5', 'content-length: 6'], 'hello'), ...bad },
  {
    name: 'the same length twice',
    send: framed(['content-length: 5', 'content-length: 5'], 'hello'),
    ...bad,
  },
  { name: 'a list of lengths', send: framed(['content-length: 5, 5'], 'hello'), ...bad },
  { name: 'a length with a sign', send: framed(['content-length: +5'], 'hello'), ...bad },
  { name: 'a length below nothing', send: framed(['content-length: -1'], ''), ...bad },
  { name: 'an encoding nobody knows', send: framed(['transfer-encoding: xchunked'], '0\r\n\r\n'), ...bad },
  {
    name: 'chunks that are not the last encoding',
    send: framed(['transfer-encoding: chunked, identity'], '0\r\n\r\n'),
    ...bad,
  },
  { name: 'two encodings', send: framed([...CHUNKED, 'transfer-encoding: identity'], '0\r\n\r\n'), ...bad },
  {
    name: 'chunks in HTTP/1.0',
    send: lines(`POST ${PATH} HTTP/1.0`, 'host: g', ...CHUNKED, '', chunk(GOOD) + '0\r\n\r\n'),
    ...bad,
  },
  { name: 'a chunk size in C', send: framed(CHUNKED, `0x5\r\nhello\r\n0\r\n\r\n`), ...bad },
  { name: 'a chunk size below nothing', send: framed(CHUNKED, '-5\r\nhello\r\n0\r\n\r\n'), ...bad },
  {
    name: 'a chunk size over all numbers',
    send: framed(CHUNKED, 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'),
    ...at(413, 'request_too_large'),
  },
  { name: 'a chunk without its line end', send: framed(CHUNKED, '5\r\nhelloworld\r\n0\r\n\r\n'), ...bad },
  { name: 'a chunk line ended by a line feed', send: framed(CHUNKED, '5\nhello\r\n0\r\n\r\n'), ...bad },
  {
    name: 'a flood of chunk extensions',
    send: framed(CHUNKED, `5;${'a'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
    ...at(413, 'request_too_large'),
  },
  {
    name: 'chunks with a trailer',
    send: framed([...CHUNKED, 'trailer: x-a'], `${chunk(GOOD)}0\r\nx-a: b\r\n\r\n`),
    ...ok,
  },
  {
    name: 'a broken chunk behind a refusal',
    send: lines('POST /nowhere HTTP/1.1', 'host: g', ...CHUNKED, '', 'zz\r\n'),
    ...at(404),
  },
]

const methods: readonly HostileCase[] = [
  {
    name: 'CONNECT',
    send: 'CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: elsewhere.example\r\n\r\n',
    ...at(405),
  },
  {
    name: 'a tunnel by absolute target',
    send: 'GET elsewhere.example:443 HTTP/1.1\r\nhost: g\r\n\r\n',
    ...bad,
  },
  {
    name: 'an upgrade to a web socket',
    send: lines('GET /v1/models HTTP/1.1', 'host: g', 'connection: upgrade', 'upgrade: websocket', '', ''),
    ...ok,
  },
  {
    name: 'an upgrade to HTTP/2',
    send: withHeaders('connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABk'),
    ...ok,
  },
  { name: 'the preface of HTTP/2', send: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ...bad },
  { name: 'the beginning of TLS', send: Buffer.from('16030102000100', 'hex'), ...bad },
  { name: 'a greeting of SSH', send: 'SSH-2.0-OpenSSH_9.9\r\n', ...bad },
  { name: 'HTTP/0.9', send: 'GET /v1/models\r\n\r\n', ...bad },
  { name: 'HTTP/3.0', send: 'GET /v1/models HTTP/3.0\r\nhost: g\r\n\r\n', ...bad },
  { name: 'a method in small letters', send: 'get /v1/models HTTP/1.1\r\nhost: g\r\n\r\n', ...bad },
  {
    name: 'TRACE',
    send: 'TRACE /v1/models HTTP/1.1\r\nhost: g\r\ncookie: secret\r\n\r\n',
    ...at(405),
    without: /secret/,
  },
  {
    name: 'OPTIONS',
    send: `OPTIONS ${PATH} HTTP/1.1\r\nhost: g\r\norigin: http://localhost\r\n\r\n`,
    ...at(405),
    without: /access-control/i,
  },
  {
    name: 'HEAD of what is only posted',
    send: `HEAD ${PATH} HTTP/1.1\r\nhost: g\r\n\r\n`,
    statuses: [405],
    head: true,
  },
  { name: 'HEAD of a list', send: 'HEAD /api/tags HTTP/1.1\r\nhost: g\r\n\r\n', ...ok, head: true },
  {
    name: 'GET with a body',
    send: lines('GET /v1/models HTTP/1.1', 'host: g', 'content-length: 2', '', 'hi'),
    ...ok,
  },
  { name: 'a GET of what is only posted', send: get(PATH), ...at(405) },
  {
    name: 'the deletion of a model',
    send: toRequest({ path: '/api/delete', method: 'DELETE', body: '{"model":"sim-chat"}' }),
    statuses: [403],
  },
  {
    name: 'the pull of a model',
    send: toRequest({ path: '/api/pull', body: '{"model":"sim-chat"}' }),
    statuses: [403],
  },
]

const conversations: readonly HostileCase[] = [
  { name: 'empty lines before a request', send: `\r\n\r\n${post(GOOD).toString()}`, ...ok },
  { name: 'two requests at once', send: Buffer.concat([post(GOOD), post(GOOD)]), statuses: [200, 200] },
  {
    name: 'ten requests at once, each answered in its turn',
    send: Buffer.concat(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? post(GOOD) : post('{}')))),
    statuses: [200, 400, 200, 400, 200, 400, 200, 400, 200, 400],
  },
  {
    name: 'a body that stops before its length',
    send: framed(['content-length: 500'], '{"model":'),
    statuses: [],
    records: 1,
    halfClose: true,
  },
]

export const hostileCases: readonly HostileCase[] = [
  ...bodies,
  ...names,
  ...sizes,
  ...targets,
  ...heads,
  ...framings,
  ...methods,
  ...conversations,
]
