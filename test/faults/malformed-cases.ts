// Messages that two servers may read differently: spellings of host, framing, chunks, versions and request lines, and the one
// answer that each deserves (RFC 9112). The test that sends them is hostile-input.test.ts.
import { at, bad, chunk, CHUNKED, framed, get, GOOD, lines, ok, withHeaders } from './hostile-cases.ts'
import type { HostileCase } from './hostile-cases.ts'

const SIZE = GOOD.length.toString(16)
const WHOLE = `${chunk(GOOD)}0\r\n\r\n`
const chunked = (body: string): string => framed(CHUNKED, body)
const encoded = (encoding: string): string => framed([`transfer-encoding:${encoding}`], WHOLE)
const sized = (length: string): string => framed([`content-length:${length}`], GOOD)
const hosted = (host: string): Buffer =>
  Buffer.from(`GET /v1/models HTTP/1.1\r\nhost:${host}\r\n\r\n`, 'latin1')
const started = (line: string): string => `${line}\r\nhost: g\r\n\r\n`

const hosts: readonly HostileCase[] = [
  ...['a b', 'a/b', 'a?b', 'a@b', 'a:b', 'a:999999', 'a, b', '[::1', '::1', 'a\x01', '\xff', 'a\\b'].map(
    (host) => ({
      name: `the host ${JSON.stringify(host)}`,
      send: hosted(` ${host}`),
      ...bad,
    }),
  ),
  { name: 'an IPv6 host with a port', send: hosted(' [::1]:18789'), ...ok },
  { name: 'an empty host', send: hosted(''), ...ok },
]

const framings: readonly HostileCase[] = [
  ...[' chunked, chunked', ' \x0bchunked', ' "chunked"', ' chunked;q=1', ' ', ' chunked\x00'].map(
    (encoding) => ({
      name: `the transfer encoding ${JSON.stringify(encoding)}`,
      send: encoded(encoding),
      ...bad,
    }),
  ),
  { name: 'chunked, said twice', send: framed([...CHUNKED, ...CHUNKED], WHOLE), ...bad },
  { name: 'a compressed body in chunks', send: encoded(' gzip, chunked'), ...bad },
  { name: 'chunked in capitals', send: encoded(' CHUNKED'), ...ok },
  { name: 'chunked behind a tab', send: encoded('\tchunked'), ...ok },
  {
    name: 'a blank in front of the colon of an encoding',
    send: framed(['transfer-encoding : chunked'], WHOLE),
    ...bad,
  },
  {
    name: 'an encoding spelt with an underscore',
    send: framed(['transfer_encoding: chunked', `content-length: ${GOOD.length}`], GOOD),
    ...ok,
  },
  ...[' 0x40', ' 1e2', ' ', ' 6 4', ' 64.0', ' \u00b2', ' 64,'].map((length) => ({
    name: `the length ${JSON.stringify(length)}`,
    send: sized(length),
    ...bad,
  })),
  { name: 'a length with zeros in front', send: sized(` 000${GOOD.length}`), ...ok },
  {
    name: 'a request hidden behind a length',
    send: framed(
      ['content-length: 4', 'transfer-encoding:chunked'],
      '5c\r\nGET /hidden HTTP/1.1\r\nhost: g\r\n\r\n0\r\n\r\n',
    ),
    ...bad,
  },
  {
    name: 'an encoding folded into the header before it',
    send: framed(['x-a: b', ' transfer-encoding: chunked', `content-length: ${GOOD.length}`], GOOD),
    ...bad,
  },
]

const chunks: readonly HostileCase[] = [
  ...[`${SIZE} `, ` ${SIZE}`, '', '4_0', '+40', `${SIZE};a\n`, '0x', 'g'].map((size) => ({
    name: `the chunk size ${JSON.stringify(size)}`,
    send: chunked(`${size}\r\n${GOOD}\r\n0\r\n\r\n`),
    ...bad,
  })),
  { name: 'a chunk size with zeros in front', send: chunked(`0000000${WHOLE}`), ...ok },
  { name: 'a chunk extension', send: chunked(`${SIZE};a=b\r\n${GOOD}\r\n0\r\n\r\n`), ...ok },
  { name: 'a chunk line ended by a carriage return', send: chunked(`${SIZE}\r${GOOD}\r\n0\r\n\r\n`), ...bad },
  { name: 'a chunk that is longer than its size', send: chunked(`2\r\n${GOOD}\r\n0\r\n\r\n`), ...bad },
  { name: 'a trailer that is no header', send: chunked(`${chunk(GOOD)}0\r\nx y\r\n\r\n`), ...bad },
  { name: 'a length in the trailer', send: chunked(`${chunk(GOOD)}0\r\ncontent-length: 5\r\n\r\n`), ...bad },
  { name: 'a host in the trailer', send: chunked(`${chunk(GOOD)}0\r\nhost: elsewhere\r\n\r\n`), ...ok },
]

const headers: readonly HostileCase[] = [
  ...['x(a): b', 'x a: b', 'x"a": b', 'x-a: \x01', 'x-a: \x7f', '\x00: b'].map((header) => ({
    name: `the header ${JSON.stringify(header)}`,
    send: withHeaders(header),
    ...bad,
  })),
  { name: 'a header name that is not ASCII', send: Buffer.from(withHeaders('x\xe4: b'), 'latin1'), ...bad },
  { name: 'a header value that is not ASCII', send: Buffer.from(withHeaders('x-a: \xe4'), 'latin1'), ...ok },
  { name: 'a header without a value', send: withHeaders('x-a:'), ...ok },
  {
    name: 'a header of the connection that names the length',
    send: withHeaders('connection: content-length'),
    ...ok,
  },
  {
    name: 'a first header that is folded',
    send: lines('GET /v1/models HTTP/1.1', ' x: y', 'host: g', '', ''),
    ...bad,
  },
  {
    name: 'lines that end in two carriage returns',
    send: 'GET /v1/models HTTP/1.1\r\r\nhost: g\r\r\n\r\r\n',
    ...bad,
  },
  { name: 'lines that end the wrong way round', send: 'GET /v1/models HTTP/1.1\n\rhost: g\n\r\n\r', ...bad },
]

const requestLines: readonly HostileCase[] = [
  ...[
    'HTTP/1.2',
    'HTTP/1.1x',
    'http/1.1',
    'HTTP/1',
    'HTTP/',
    'HTTP/11.1',
    'HTTP/2.0',
    'HTTP/-1.1',
    'ICE/1.0',
  ].map((version) => ({
    name: `the version ${version}`,
    send: started(`GET /v1/models ${version}`),
    ...bad,
  })),
  { name: 'a blank in front of the method', send: started(' GET /v1/models HTTP/1.1'), ...bad },
  { name: 'a blank behind the version', send: started('GET /v1/models HTTP/1.1 '), ...bad },
  { name: 'tabs instead of blanks', send: started('GET\t/v1/models\tHTTP/1.1'), ...bad },
  { name: 'no target', send: started('GET HTTP/1.1'), ...bad },
  { name: 'a method with a dot', send: started('GE.T /v1/models HTTP/1.1'), ...bad },
  { name: 'bytes that mean nothing', send: '\x00\x01\x02\x03\r\n\r\n', ...bad },
  { name: 'a target that is not ASCII', send: get('/v1/m\u00f6dels'), ...bad },
  { name: 'a control character in the target', send: get('/v1/mo\x01dels'), ...bad },
  { name: 'a line end in the target, encoded', send: get('/v1/models%0d%0ax:1'), ...at(404) },
  { name: 'dots in the id of a model, encoded', send: get('/v1/models/%2e%2e%2f%2e%2e'), ...bad },
  { name: 'dots encoded twice', send: get('/v1/%252e%252e/models'), ...at(404) },
  { name: 'a path with a parameter', send: get('/v1/models;a=b'), ...at(404) },
  { name: 'a path in capitals', send: get('/V1/Models'), ...at(404) },
  { name: 'dots in the query', send: get('/v1/models?../..'), ...ok },
  { name: 'HTTP/1.0 without a host', send: 'GET /v1/models HTTP/1.0\r\n\r\n', ...ok },
  {
    name: 'the question whether to go on, in HTTP/1.0',
    send: lines(
      'POST /v1/chat/completions HTTP/1.0',
      'expect: 100-continue',
      `content-length: ${GOOD.length}`,
      '',
      GOOD,
    ),
    ...ok,
  },
]

export const malformedCases: readonly HostileCase[] = [
  ...hosts,
  ...framings,
  ...chunks,
  ...headers,
  ...requestLines,
]
