import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ConnectionFault } from '../../http1/fault.ts'
import { ReadWindow } from '../../http1/read-window.ts'
import { RequestReader } from './request-reader.ts'

const MAX_HEAD_BYTES = 1_024

interface Read {
  /** One text a request: its method and target, and its body. */
  readonly requests: string[]
  /** Of the request that is not complete. */
  readonly begun: string
  readonly isWithin: boolean
  readonly fault: string | undefined
  readonly calls: string[]
}

function read(pieces: readonly Buffer[]): Read {
  const requests: string[] = []
  const calls: string[] = []
  let begun = ''
  const reader = new RequestReader(
    {
      onHead({ method, url }) {
        calls.push('head')
        begun = `${method} ${url} `
      },
      onBody(piece) {
        assert.ok(piece.length > 0)
        calls.push('body')
        begun += piece.toString('latin1')
      },
      onEnd() {
        calls.push('end')
        requests.push(begun)
        begun = ''
      },
    },
    MAX_HEAD_BYTES,
  )
  const window = new ReadWindow()
  let fault: string | undefined
  try {
    for (const piece of pieces) {
      window.show(Buffer.from(piece), piece.length)
      while (!window.isEmpty) {
        reader.read(window)
        if (reader.isDone) reader.begin()
      }
    }
  } catch (thrown) {
    assert.ok(thrown instanceof ConnectionFault)
    fault = thrown.message
  }
  return { requests, begun, isWithin: reader.isWithin, fault, calls }
}

/** What must not depend on how the bytes are cut: a first word that is no method is seen as such early, or late. */
function gist({ requests, begun, isWithin, fault }: Read): unknown {
  const isOver = fault !== undefined
  return {
    requests,
    begun,
    isWithin: isWithin || isOver,
    fault: fault?.replace('something else than HTTP', 'a method'),
  }
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')
const readText = (text: string): Read => read([bytesOf(text)])
const inSingleBytes = (text: string): Read => read([...bytesOf(text)].map((octet) => Buffer.from([octet])))

const CHUNKED = 'POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n'

describe('a reader of requests', () => {
  it('reads one behind the other, and skips empty lines in front of them', () => {
    const text = `\r\n\nGET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc\r\n${CHUNKED}1\r\nx\r\n0\r\n\r\nHEAD /d HTTP/1.0\r\n\r\n`
    const expected = ['GET /a ', 'POST /b abc', 'POST /c x', 'HEAD /d ']
    for (const each of [readText(text), inSingleBytes(text)]) {
      assert.deepEqual([each.requests, each.isWithin, each.fault], [expected, false, undefined])
    }
  })

  it('hands a body of a known length on as it lies in the read, and chunks of one read in one piece', () => {
    assert.deepEqual(readText('POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc').calls, [
      'head',
      'body',
      'end',
    ])
    assert.deepEqual(readText(`${CHUNKED}1\r\na\r\n2\r\nbc\r\n0\r\n\r\n`).calls, ['head', 'body', 'end'])
    assert.deepEqual(readText('POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n').calls, ['head', 'end'])
    assert.deepEqual(readText(`${CHUNKED}0\r\n\r\n`).calls, ['head', 'end'])
  })

  it('takes chunks of every sound form, and forgets extensions and trailers', () => {
    const chunks = '1\r\na\r\n0002;x\r\nbc\r\nA;y="z;\\"";w=v\r\n0123456789\r\n000\r\nx-t: u\r\nx-v:\r\n\r\n'
    for (const each of [readText(CHUNKED + chunks), inSingleBytes(CHUNKED + chunks)])
      assert.deepEqual([each.requests, each.isWithin], [['POST /c abc0123456789'], false])
  })

  it('is within a request from its first byte to its last', () => {
    for (const text of [
      'G',
      'GET / HTTP/1.1\r\n',
      'GET / HTTP/1.1\r\n\r',
      CHUNKED,
      `${CHUNKED}0\r\n`,
      `${CHUNKED}0\r\n\r`,
    ])
      assert.equal(readText(text).isWithin, true, JSON.stringify(text))
    for (const text of ['', '\r\n', '\r', 'GET / HTTP/1.1\r\n\r\n', `${CHUNKED}0\r\n\r\n\r\n`])
      assert.equal(readText(text).isWithin, false, JSON.stringify(text))
  })

  it('reads the rest of what has no known end as nobody’s', () => {
    const { requests, begun, isWithin } = readText(
      'POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
    )
    assert.deepEqual([requests, begun, isWithin], [[], 'POST / ', true])
  })

  it('gives what was sound before a fault', () => {
    const { begun, fault } = readText(`${CHUNKED}3\r\nabc\r\nzz\r\n`)
    assert.equal(begun, 'POST /c abc')
    assert.match(fault ?? '', /a chunk without a size/)
  })

  const early: [string, string][] = [
    ['\x16\x03\x01\x02', 'something else than HTTP'],
    ['\0', 'something else than HTTP'],
    ['{"a":1}', 'something else than HTTP'],
    [' GET', 'something else than HTTP'],
    ['GET/', 'something else than HTTP'],
    ['A'.repeat(21), 'something else than HTTP'],
    ['GET / HTTP/1.1\n', 'a line that does not end in CR LF'],
    ['GET / HTTP/1.1\r\nhost: a\n', 'a line that does not end in CR LF'],
    ['GET / HTTP/1.1\r\r\n', 'a line that does not end in CR LF'],
  ]
  for (const [text, why] of early) {
    it(`refuses ${JSON.stringify(text)} without waiting for more`, () => {
      assert.match(readText(text).fault ?? '', new RegExp(`${why}$`))
    })
  }

  it('reads heads up to the limit and not a byte further, ended or not', () => {
    const head = (size: number): string => {
      const start = 'GET / HTTP/1.1\r\nx: '
      return `${start}${'y'.repeat(size - start.length - 4)}\r\n\r\n`
    }
    for (const reading of [readText, inSingleBytes]) {
      assert.equal(reading(head(MAX_HEAD_BYTES)).requests.length, 1)
      assert.match(reading(head(MAX_HEAD_BYTES + 1)).fault ?? '', /larger than is read: over 1024 bytes/)
      assert.match(reading(`GET /${'y'.repeat(MAX_HEAD_BYTES)}`).fault ?? '', /larger than is read/)
    }
    assert.equal(readText(head(MAX_HEAD_BYTES).repeat(3)).requests.length, 3, 'each has the whole of it')
  })

  const bodies = [
    '5\nhello\r\n0\r\n\r\n',
    '5\r\nhello0\r\n\r\n',
    '5\r\nhell\r\n0\r\n\r\n',
    '-5\r\nhello\r\n0\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n',
    '5;\r\nhello\r\n0\r\n\r\n',
    '\r\nhello\r\n0\r\n\r\n',
    '80000000\r\n',
    '00000000000000001\r\n',
    '0\r\ncontent-length: 5\r\n\r\n',
    '0\r\ntransfer-encoding: chunked\r\n\r\n',
    '0\r\nx-t\r\n\r\n',
    '0\r\n x: y\r\n\r\n',
    '0\r\n\n',
    `1;${'x'.repeat(2_000)}\r\n`,
    `0\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
  ]
  for (const body of bodies) {
    it(`refuses the chunks ${JSON.stringify(body.slice(0, 40))}, however they are cut`, () => {
      const [whole, cut] = [readText(CHUNKED + body), inSingleBytes(CHUNKED + body)]
      assert.ok(whole.fault !== undefined)
      assert.equal(cut.fault, whole.fault)
      assert.deepEqual(whole.requests, [])
    })
  }

  const line = fc.constantFrom(
    'GET /a HTTP/1.1',
    'POST /b HTTP/1.1',
    'PUT /c HTTP/1.0',
    'GET / HTTP/2.0',
    'x',
  )
  const field = fc.constantFrom(
    'host: a',
    'content-length: 5',
    'content-length: 0',
    'transfer-encoding: chunked',
    'x',
    'y: \x01',
  )
  const rest = fc.constantFrom(
    'hello',
    '5\r\nhello\r\n0\r\n\r\n',
    '3;a=b\r\nabc\r\n0\r\nx: y\r\n\r\n',
    '',
    '\r\n',
    '\n',
    '\0',
    '0\r\n',
  )
  const anything = fc
    .array(
      fc
        .tuple(line, fc.array(field, { maxLength: 3 }), rest)
        .map(([first, fields, body]) => [first, ...fields, '', body].join('\r\n')),
      { maxLength: 4 },
    )
    .map((requests) => requests.join(''))

  it('reads the same, and refuses for the same reason, however the bytes are cut', () => {
    fc.assert(
      fc.property(anything, fc.array(fc.nat(300), { maxLength: 12 }), (text, at) => {
        // Whatever was not refused by then is when its line ends.
        const bytes = bytesOf(`${text}\r\n\r\n`)
        const places = [
          0,
          ...at.filter((place) => place < bytes.length).toSorted((a, b) => a - b),
          bytes.length,
        ]
        const cut = read(places.slice(1).map((end, index) => bytes.subarray(places[index], end)))
        assert.deepEqual(gist(cut), gist(read([bytes])))
      }),
      { numRuns: 3_000 },
    )
  })
})
