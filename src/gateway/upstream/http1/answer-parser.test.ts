import assert from 'node:assert/strict'
import { test } from 'node:test'
import { promisedIdleSeconds, type AnswerHead } from './answer-head.ts'
import { AnswerParser } from './answer-parser.ts'
import { ConnectionFault, type FaultCode } from '../../http1/fault.ts'
import { ReadWindow } from '../../http1/read-window.ts'

interface Seen {
  readonly heads: AnswerHead[]
  readonly bodies: string[]
  readonly parser: AnswerParser
  /** Bytes of the last read that belong to no answer. */
  readonly left: number
}

/** Reads these pieces as one answer; `end` says that the other side closed after them. */
function read(pieces: readonly string[], { end = false } = {}): Seen {
  const heads: AnswerHead[] = []
  const bodies: string[] = []
  const parser = new AnswerParser({
    onHead: (head) => void heads.push(head),
    onBody: (bytes) => void bodies.push(bytes.toString('latin1')),
  })
  const window = new ReadWindow()
  parser.begin()
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1')
    window.show(bytes, bytes.length)
    parser.read(window)
  }
  if (end) parser.end()
  return { heads, bodies, parser, left: window.end - window.at }
}

function faultOf(pieces: readonly string[], options?: { end: boolean }): FaultCode {
  try {
    read(pieces, options)
  } catch (thrown) {
    assert.ok(thrown instanceof ConnectionFault, String(thrown))
    return thrown.code
  }
  assert.fail(`accepted: ${JSON.stringify(pieces.join('')).slice(0, 200)}`)
}

const HEAD = 'HTTP/1.1 200 OK\r\n'
const CHUNKED_HEAD = `${HEAD}transfer-encoding: chunked\r\n\r\n`
const withLength = (body: string, length = body.length): string =>
  `${HEAD}content-length: ${length}\r\n\r\n${body}`

test('an answer is told once, with lower-case names and its body', () => {
  const { heads, bodies, parser, left } = read([
    'HTTP/1.1 404 Not Found\r\nContent-Type: a/b\r\nX-Two: 1\r\nx-two: 2\r\ncontent-length: 3\r\n\r\nabc',
  ])
  assert.deepEqual(
    heads.map(({ status, headers }) => [status, { ...headers }]),
    [[404, { 'content-type': 'a/b', 'x-two': ['1', '2'], 'content-length': '3' }]],
  )
  assert.deepEqual([bodies, parser.isDone, parser.keepsAlive, left], [['abc'], true, true, 0])
})

test('chunks of one read are one piece of body', () => {
  const { bodies, parser } = read([`${CHUNKED_HEAD}3\r\nabc\r\n2\r\nde\r\n`, '1\r\nf\r\n0\r\n\r\n'])
  assert.deepEqual([bodies, parser.isDone], [['abcde', 'f'], true])
})

test('a body that came before a fault is told before the fault', () => {
  const bodies: string[] = []
  const parser = new AnswerParser({
    onHead: () => undefined,
    onBody: (bytes) => void bodies.push(bytes.toString()),
  })
  const window = new ReadWindow()
  const bytes = Buffer.from(`${CHUNKED_HEAD}3\r\nabc\r\nnonsense`)
  parser.begin()
  window.show(bytes, bytes.length)
  assert.throws(() => parser.read(window), ConnectionFault)
  assert.deepEqual(bodies, ['abc'])
})

test('what follows an answer is left, and told to nobody', () => {
  const second = withLength('not yours')
  for (const first of [withLength('mine'), `${CHUNKED_HEAD}4\r\nmine\r\n0\r\n\r\n`]) {
    const { heads, bodies, left } = read([first + second])
    assert.deepEqual([heads.length, bodies, left], [1, ['mine'], second.length])
  }
  assert.equal(read([`HTTP/1.1 204 No Content\r\n\r\n${second}`]).left, second.length)
  assert.equal(read([`HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n`]).parser.isDone, true)
})

test('interim answers are passed over, and a reader can tell that the backend had begun', () => {
  const interim = 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n'
  const { heads, bodies } = read([`HTTP/1.1 100 Continue\r\n\r\n${interim}${withLength('x')}`])
  assert.deepEqual([heads.map(({ status }) => status), bodies], [[200], ['x']])
  assert.equal(read(['']).parser.hasBegun, false)
  for (const begun of ['H', 'HTTP/1.1 200 OK\r\n', interim]) assert.equal(read([begun]).parser.hasBegun, true)
  assert.equal(faultOf([interim.repeat(17)]), 'WEIR_MESSAGE_INVALID')
})

test('a body that ends with its connection is whole only then', () => {
  const { bodies, parser } = read([`${HEAD}\r\nab`, 'c'], { end: true })
  assert.deepEqual([bodies, parser.isDone, parser.keepsAlive], [['ab', 'c'], true, false])
  assert.equal(read([`${HEAD}\r\nab`]).parser.isDone, false)
})

/** Beginnings of an answer, and what it means when the connection is closed behind them. */
const CUT: readonly (readonly [string, FaultCode])[] = [
  ['', 'WEIR_CONNECTION_CLOSED'],
  ['HTTP/1.1 2', 'WEIR_ANSWER_CUT'],
  [HEAD, 'WEIR_ANSWER_CUT'],
  ['HTTP/1.1 100 Continue\r\n\r\n', 'WEIR_ANSWER_CUT'],
  [withLength('abc', 4), 'WEIR_ANSWER_CUT'],
  [CHUNKED_HEAD, 'WEIR_ANSWER_CUT'],
  [`${CHUNKED_HEAD}3\r\nabc`, 'WEIR_ANSWER_CUT'],
  [`${CHUNKED_HEAD}3\r\nabc\r\n`, 'WEIR_ANSWER_CUT'],
  [`${CHUNKED_HEAD}3\r\nabc\r\n0\r\n`, 'WEIR_ANSWER_CUT'],
  [`${CHUNKED_HEAD}0\r\nx-t: v\r\n`, 'WEIR_ANSWER_CUT'],
]

test('an answer that is cut off is never a shorter answer', () => {
  for (const [beginning, code] of CUT) {
    assert.equal(faultOf([beginning], { end: true }), code, JSON.stringify(beginning))
  }
})

/** Each refused whole and byte by byte. */
const REFUSED: Readonly<Record<string, string>> = {
  'another protocol altogether': 'SSH-2.0-OpenSSH_9.2\r\n',
  'a blank line before the answer': `\r\n${withLength('x')}`,
  'HTTP/0.9 by its body': '<html>',
  'HTTP/2': 'HTTP/2.0 200 OK\r\n\r\n',
  'a status of two digits': 'HTTP/1.1 20 OK\r\n\r\n',
  'a status of no class': 'HTTP/1.1 600 OK\r\n\r\n',
  'a control character in the reason': 'HTTP/1.1 200 O\x01K\r\n\r\n',
  'another protocol to switch to': 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n',
  'a line that ends in LF': 'HTTP/1.1 200 OK\nx: y\r\n\r\n',
  'a line that ends in CR': 'HTTP/1.1 200 OK\rx: y\r\n\r\n',
  'an empty line that ends in LF': `${HEAD}x: y\r\n\n`,
  'a folded line': `${HEAD}x: y\r\n z\r\n\r\n`,
  'a blank before the colon': `${HEAD}content-length : 5\r\n\r\n`,
  'a header without a name': `${HEAD}: y\r\n\r\n`,
  'a header without a colon': `${HEAD}xy\r\n\r\n`,
  'a name that is no token': `${HEAD}x(y): z\r\n\r\n`,
  'NUL in a value': `${HEAD}x: a\0b\r\n\r\n`,
  'CR in a value': `${HEAD}x: a\rb\r\n\r\n`,
  'both framings': `${HEAD}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`,
  'the same length twice': `${HEAD}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`,
  'two lengths': `${HEAD}content-length: 3\r\ncontent-length: 4\r\n\r\nabc`,
  'a list of lengths': `${HEAD}content-length: 3, 3\r\n\r\nabc`,
  'a signed length': `${HEAD}content-length: +3\r\n\r\nabc`,
  'a hexadecimal length': `${HEAD}content-length: 0x3\r\n\r\nabc`,
  'an empty length': `${HEAD}content-length:\r\n\r\nabc`,
  'a length beyond all numbers': `${HEAD}content-length: 9999999999999999\r\n\r\nabc`,
  'a wrong length where no body is': 'HTTP/1.1 204 No Content\r\ncontent-length: x\r\n\r\n',
  'an unknown coding': `${HEAD}transfer-encoding: gzip, chunked\r\n\r\n`,
  'identity as a coding': `${HEAD}transfer-encoding: identity\r\n\r\n`,
  'chunked twice': `${HEAD}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`,
  'a coding in HTTP/1.0': 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
  'a chunk without a size': `${CHUNKED_HEAD}\r\nabc\r\n`,
  'a chunk size with a prefix': `${CHUNKED_HEAD}0x3\r\nabc\r\n`,
  'a chunk size with a sign': `${CHUNKED_HEAD}-3\r\nabc\r\n`,
  'a blank behind a chunk size': `${CHUNKED_HEAD}3 \r\nabc\r\n`,
  'LF behind a chunk size': `${CHUNKED_HEAD}3\nabc\r\n`,
  'LF behind a chunk': `${CHUNKED_HEAD}3\r\nabc\n0\r\n\r\n`,
  'a chunk longer than its size': `${CHUNKED_HEAD}3\r\nabcd\r\n`,
  'an extension without a name': `${CHUNKED_HEAD}3;\r\nabc\r\n`,
  'an extension with a line break': `${CHUNKED_HEAD}3;a="\n"\r\nabc\r\n`,
  'a trailer that is no header': `${CHUNKED_HEAD}0\r\nxy\r\n\r\n`,
  'a length among the trailers': `${CHUNKED_HEAD}0\r\ncontent-length: 3\r\n\r\n`,
}

for (const [what, text] of Object.entries(REFUSED)) {
  test(`${what} is refused`, () => {
    assert.equal(faultOf([text]), 'WEIR_MESSAGE_INVALID')
    assert.equal(faultOf([...text]), 'WEIR_MESSAGE_INVALID')
  })
}

const MAX_HEAD_BYTES = 16_384

/** A head of exactly so many bytes. */
function headOf(bytes: number): string {
  const rest = `${HEAD}content-length: 0\r\nx: \r\n\r\n`
  return `${HEAD}content-length: 0\r\nx: ${'y'.repeat(bytes - rest.length)}\r\n\r\n`
}

function inPieces(text: string, bytes: number): string[] {
  return text.match(new RegExp(`[^]{1,${bytes}}`, 'g')) ?? []
}

test('a head may be 16 KiB and not a byte more, in one piece or in many', () => {
  for (const size of [1, 7, 1_000, 100_000]) {
    assert.equal(read(inPieces(headOf(MAX_HEAD_BYTES), size)).parser.isDone, true)
    assert.equal(faultOf(inPieces(headOf(MAX_HEAD_BYTES + 1), size)), 'WEIR_MESSAGE_TOO_LARGE')
    assert.equal(faultOf(inPieces(`${HEAD}x: ${'y'.repeat(200_000)}`, size)), 'WEIR_MESSAGE_TOO_LARGE')
  }
})

test('trailers, extensions and chunk sizes are bounded', () => {
  const endless: Readonly<Record<string, string>> = {
    trailers: `${CHUNKED_HEAD}0\r\n${'x: y\r\n'.repeat(5_000)}`,
    'one extension': `${CHUNKED_HEAD}3;a=${'b'.repeat(2_000)}`,
    'many extensions': `${CHUNKED_HEAD}${'1;abcdefgh\r\nx\r\n'.repeat(200)}`,
    'a size of 2 GiB': `${CHUNKED_HEAD}80000000\r\n`,
    'a size of many digits': `${CHUNKED_HEAD}${'0'.repeat(17)}`,
  }
  for (const [what, text] of Object.entries(endless)) {
    assert.equal(faultOf([text]), 'WEIR_MESSAGE_TOO_LARGE', what)
    assert.equal(faultOf(inPieces(text, 5)), 'WEIR_MESSAGE_TOO_LARGE', what)
  }
})

test('a connection is kept as RFC 9112 9.3 says', () => {
  const kept = (version: string, connection: string | undefined, framing = 'content-length: 0'): boolean => {
    const lines = [`HTTP/${version} 200 OK`, framing]
    if (connection !== undefined) lines.push(`Connection: ${connection}`)
    return read([`${lines.join('\r\n')}\r\n\r\n`], { end: framing === 'x: y' }).parser.keepsAlive
  }
  assert.equal(kept('1.1', undefined), true)
  assert.equal(kept('1.1', 'Keep-Alive'), true)
  assert.equal(kept('1.1', 'x-other'), true)
  assert.equal(kept('1.1', 'x-other, CLOSE'), false)
  assert.equal(kept('1.1', undefined, 'x: y'), false)
  assert.equal(kept('1.0', undefined), false)
  assert.equal(kept('1.0', 'x-other'), false)
  assert.equal(kept('1.0', 'x-other, keep-alive'), true)
})

test('the next answer of the same reader owes nothing to the one before', () => {
  const bodies: string[] = []
  const parser = new AnswerParser({
    onHead: () => undefined,
    onBody: (bytes) => void bodies.push(bytes.toString()),
  })
  const window = new ReadWindow()
  for (const answer of [
    `${CHUNKED_HEAD}1;a=b\r\na\r\n0\r\nx: y\r\n\r\n`,
    withLength('b'),
    `${CHUNKED_HEAD}1\r\nc\r\n0\r\n\r\n`,
  ]) {
    const bytes = Buffer.from(answer)
    parser.begin()
    window.show(bytes, bytes.length)
    parser.read(window)
    assert.equal(parser.isDone, true)
  }
  assert.deepEqual(bodies, ['a', 'b', 'c'])
})

test('how long a backend keeps a connection is read from the forms that servers use', () => {
  const promised = (value: string): number | undefined => promisedIdleSeconds({ 'keep-alive': value })
  assert.deepEqual(
    [
      'timeout=5',
      'timeout=5, max=100',
      'max=100, timeout=15',
      'max=5',
      'xtimeout=5',
      'timeout=',
      'timeout=1234567',
    ].map(promised),
    [5, 5, 15, undefined, undefined, undefined, undefined],
  )
  assert.equal(promisedIdleSeconds({}), undefined)
})
