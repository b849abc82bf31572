import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { describe, it } from 'node:test'
import { ConnectionFault } from '../../http1/fault.ts'
import { CHUNKED, parseRequestHead, UNKNOWN, type RequestHead } from './parse-head.ts'

const parse = (...lines: string[]): RequestHead =>
  parseRequestHead(lines.map((line) => `${line}\r\n`).join(''))
const withFields = (...fields: string[]): RequestHead => parse('POST / HTTP/1.1', ...fields)

function whyNot(text: string): string {
  try {
    parseRequestHead(text)
  } catch (thrown) {
    assert.ok(thrown instanceof ConnectionFault)
    assert.equal(thrown.code, 'WEIR_MESSAGE_INVALID')
    return thrown.message.replace(/^.*: /, '')
  }
  assert.fail(`accepted: ${JSON.stringify(text)}`)
}

describe('the line of a request', () => {
  it('is read as it is, the target untouched', () => {
    for (const url of ['/', '/v1/models?a=b#c', '*', 'http://h/p', 'h:443', '/%00%2F..//', '/"<>{}|\\^`'])
      assert.equal(parse(`GET ${url} HTTP/1.1`).url, url)
    assert.equal(parse('GET / HTTP/1.1').httpVersionMinor, 1)
    assert.equal(parse('GET / HTTP/1.0').httpVersionMinor, 0)
  })

  it('may have every method that Node knows, in capitals', () => {
    for (const method of METHODS) assert.equal(parse(`${method} / HTTP/1.1`).method, method)
    for (const method of ['get', 'Get', 'PRI', 'GETX', 'G', 'toString', ''])
      assert.equal(whyNot(`${method} / HTTP/1.1\r\n`), 'a method')
  })

  const bad: [string, string][] = [
    ['GET', 'a method'],
    ['GET\t/ HTTP/1.1\r\n', 'a method'],
    [' GET / HTTP/1.1\r\n', 'a method'],
    ['GET  / HTTP/1.1\r\n', 'a target'],
    ['GET /\r\n', 'a target'],
    ['GET / a HTTP/1.1\r\n', 'a version other than 1.0 and 1.1'],
    ['GET /\tHTTP/1.1\r\n', 'a target'],
    ['GET /\x00 HTTP/1.1\r\n', 'a target'],
    ['GET /\x7f HTTP/1.1\r\n', 'a target'],
    ['GET /\xe9 HTTP/1.1\r\n', 'a target'],
    ['GET /\r HTTP/1.1\r\n', 'a target'],
    ...[
      'HTTP/1.2',
      'HTTP/2.0',
      'HTTP/0.9',
      'http/1.1',
      'HTTP/1.',
      'HTTP/1',
      'HTTP/1.11',
      'HTTP/1.1 ',
      ' HTTP/1.1',
      'HTTP/01.1',
      'HTTX/1.1',
      'ICY/1.1',
      '',
    ].map((version): [string, string] => [`GET / ${version}\r\n`, 'a version other than 1.0 and 1.1']),
    ['GET / HTTP/1.1\n', 'a version other than 1.0 and 1.1'],
    ['GET / HTTP/1.1\r\r\n', 'a version other than 1.0 and 1.1'],
  ]
  for (const [text, why] of bad) {
    it(`is refused for ${why}: ${JSON.stringify(text)}`, () => assert.equal(whyNot(text), why))
  }
})

describe('the headers of a request', () => {
  it('are kept as they came, and found by their names in lower case', () => {
    const { rawHeaders, headers } = withFields(
      'Host: a',
      'X-A:  \t b c \t',
      'x-empty:',
      'X-Obs: caf\xe9',
      'x-tab: a\tb',
    )
    assert.deepEqual(rawHeaders, [
      'Host',
      'a',
      'X-A',
      'b c',
      'x-empty',
      '',
      'X-Obs',
      'caf\xe9',
      'x-tab',
      'a\tb',
    ])
    assert.deepEqual(
      { ...headers },
      { host: 'a', 'x-a': 'b c', 'x-empty': '', 'x-obs': 'caf\xe9', 'x-tab': 'a\tb' },
    )
  })

  it('have nothing that nobody sent, and may be called anything', () => {
    const none = withFields()
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
      assert.equal(none.headers[name], undefined)
    const odd = withFields('constructor: a', '__proto__: b', 'toString: c', '__proto__: d')
    assert.deepEqual(
      [odd.headers['constructor'], odd.headers['__proto__'], odd.headers['tostring']],
      ['a', 'b, d', 'c'],
    )
    assert.equal(({} as Record<string, unknown>)['b'], undefined)
  })

  it('that came twice are the first where there can be one, else all of them', () => {
    const names = ['Authorization', 'content-type', 'HOST', 'proxy-authorization', 'user-agent']
    for (const name of names) {
      const { headers, rawHeaders } = withFields(`${name}: 1`, `${name.toLowerCase()}: 2`)
      assert.equal(headers[name.toLowerCase()], '1')
      assert.equal(rawHeaders.length, 4, 'both can be seen by whoever refuses two')
    }
    assert.equal(withFields('x-a: 1', 'X-A: 2', 'x-a:').headers['x-a'], '1, 2, ')
    assert.equal(withFields('cookie: a=1', 'Cookie: b=2').headers['cookie'], 'a=1; b=2')
  })

  for (const field of [
    'x-a',
    ': a',
    'x a: b',
    'x-a : b',
    '\tx: a',
    ' x: a',
    'x\xe9: a',
    '"x": a',
    'x(y): a',
    'x\x00: a',
    '',
  ]) {
    it(`are refused for ${JSON.stringify(field)}`, () => {
      assert.equal(whyNot(`GET / HTTP/1.1\r\n${field}\r\nhost: a\r\n`), 'a line that is no header')
    })
  }
  for (const value of ['a\x00', '\x01', 'a\x07b', 'a\rb', '\r', 'a\x0bb', 'a\x7f', 'a\nb', '\x1b[0m']) {
    it(`are refused for the value ${JSON.stringify(value)}`, () => {
      assert.equal(whyNot(`GET / HTTP/1.1\r\nx: ${value}\r\nhost: a\r\n`), 'a control character in a header')
    })
  }
})

describe('where a request ends', () => {
  it('is said by its length, by chunks, or at once', () => {
    assert.equal(withFields().length, 0)
    assert.equal(withFields('content-length: 0').length, 0)
    assert.equal(withFields('Content-Length:\t0012 ').length, 12)
    assert.equal(withFields('transfer-encoding: chunked').length, CHUNKED)
    assert.equal(withFields('Transfer-Encoding:  Chunked ').length, CHUNKED)
  })

  for (const length of [
    '',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x1',
    '1,1',
    '1, 1',
    '1 1',
    '\xb9',
    'a',
    '9223372036854775808',
    '18446744073709551617',
  ]) {
    it(`is not known by the length ${JSON.stringify(length)}`, () => {
      assert.equal(whyNot(`POST / HTTP/1.1\r\ncontent-length: ${length}\r\n`), 'a content-length')
    })
  }

  it('is not known by two lengths, not even the same, and not by a length beside a coding', () => {
    assert.equal(whyNot('POST / HTTP/1.1\r\ncontent-length: 1\r\nContent-Length: 1\r\n'), 'a content-length')
    const beside = 'both content-length and transfer-encoding'
    assert.equal(whyNot('POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n'), beside)
    assert.equal(whyNot('POST / HTTP/1.1\r\ntransfer-encoding: x\r\ncontent-length: 1\r\n'), beside)
    assert.equal(whyNot('POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n'), beside)
  })

  for (const coding of [
    'gzip',
    'gzip, chunked',
    'chunked, chunked',
    'chunked;a=b',
    'identity',
    '',
    'xchunked',
    '"chunked"',
    ', chunked',
  ]) {
    it(`cannot be told for the coding ${JSON.stringify(coding)}`, () => {
      assert.equal(withFields(`transfer-encoding: ${coding}`).length, UNKNOWN)
    })
  }

  it('cannot be told for chunks that came twice, or in HTTP/1.0', () => {
    assert.equal(withFields('transfer-encoding: chunked', 'transfer-encoding: chunked').length, UNKNOWN)
    assert.equal(parse('POST / HTTP/1.0', 'transfer-encoding: chunked').length, UNKNOWN)
  })
})

describe('whether another request may follow', () => {
  const cases: [string | undefined, boolean, boolean][] = [
    [undefined, true, false],
    ['keep-alive', true, true],
    ['Keep-Alive', true, true],
    ['close', false, false],
    ['CLOSE', false, false],
    ['close, keep-alive', false, false],
    ['keep-alive, close', false, false],
    ['x-a ,\tClose', false, false],
    ['keep-alive, x-a', true, true],
    ['closed', true, false],
    ['upgrade', true, false],
    ['', true, false],
  ]
  for (const [value, in11, in10] of cases) {
    it(`for ${JSON.stringify(value)}: ${in11} in HTTP/1.1, ${in10} in HTTP/1.0`, () => {
      const fields = value === undefined ? [] : [`Connection: ${value}`]
      assert.equal(parse('GET / HTTP/1.1', ...fields).keepsAlive, in11)
      assert.equal(parse('GET / HTTP/1.0', ...fields).keepsAlive, in10)
    })
  }
})
