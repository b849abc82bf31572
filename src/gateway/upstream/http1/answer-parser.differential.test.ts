// Our reader of answers against Node's own, over answers that are right, wrong, and cut into any pieces.
// Both must tell the same, or ours refuse for one of the reasons listed here. What Node refuses, ours may never accept.
import assert from 'node:assert/strict'
import http from 'node:http'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { AnswerParser } from './answer-parser.ts'
import { ConnectionFault } from '../../http1/fault.ts'
import { ReadWindow } from '../../http1/read-window.ts'

interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}
/** `more`: bytes followed that belong to no answer, for which the connection is closed. */
type Outcome = (Told & { readonly more: boolean }) | { readonly refused: string }

/** Why ours may refuse what Node's accepts, by what it says. */
const STRICTER: readonly RegExp[] = [
  // Node knows 0.9 and 2.0 too, and skips blank lines before an answer.
  /a version other than/,
  /something else than HTTP/,
  // Node takes any three digits, and a control character in the reason.
  /a status line/,
  // Node leaves a coding that it does not know to whoever reads the body, and takes one in HTTP/1.0.
  /a transfer-encoding$/,
  // Framing once more, when the body is over.
  /a trailer transfer-encoding/,
  // `a=` without a value.
  /a chunk extension/,
  // Nobody offered another protocol.
  /another protocol/,
]

function readByOurs(pieces: readonly Buffer[]): Outcome {
  let status = 0
  let headers: Told['headers'] = {}
  const body: Buffer[] = []
  const parser = new AnswerParser({
    onHead(head) {
      status = head.status
      headers = head.headers
    },
    onBody: (bytes) => void body.push(bytes),
  })
  const window = new ReadWindow()
  let more = false
  try {
    parser.begin()
    for (const piece of pieces) {
      if (parser.isDone) {
        more = true
        break
      }
      // What a read brings stands in a buffer that the next read writes over.
      const borrowed = Buffer.concat([piece, Buffer.from('\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')])
      window.show(borrowed, piece.length)
      parser.read(window)
      borrowed.fill(0)
      if (!window.isEmpty) more = true
    }
    parser.end()
  } catch (thrown) {
    assert.ok(thrown instanceof ConnectionFault, String(thrown))
    return { refused: thrown.message }
  }
  return { status, headers, body: Buffer.concat(body).toString('latin1'), more }
}

/** Node's client on a connection that is nothing but these pieces, then the end. */
function readByNode(pieces: readonly Buffer[]): Promise<Outcome> {
  const connection = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
  return new Promise((resolve) => {
    const refuse = (error: Error): void => resolve({ refused: error.message })
    const request = http.request({ createConnection: () => connection, method: 'POST', path: '/' })
    request.on('error', refuse)
    request.on('upgrade', () => resolve({ refused: 'upgrade' }))
    request.on('response', (response) => {
      const body: Buffer[] = []
      response.on('data', (chunk: Buffer) => void body.push(chunk))
      response.on('error', refuse)
      response.on('end', () => {
        const { statusCode = 0, headersDistinct, complete } = response
        if (complete) {
          resolve({
            status: statusCode,
            headers: headersDistinct,
            body: Buffer.concat(body).toString('latin1'),
            more: false,
          })
        } else refuse(new Error('not complete'))
      })
    })
    request.end()
    setImmediate(() => {
      for (const piece of pieces) connection.push(piece)
      connection.push(null)
    })
  })
}

/** Ours joins what is read as one value; Node's list keeps them apart. */
function joined(headers: Told['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  )
}

async function compare(pieces: readonly Buffer[]): Promise<'same' | 'both refuse' | 'ours refuses'> {
  const ours = readByOurs(pieces)
  const theirs = await readByNode(pieces)
  const text = JSON.stringify(Buffer.concat(pieces).toString('latin1'))
  if ('refused' in ours) {
    if ('refused' in theirs) return 'both refuse'
    assert.ok(
      STRICTER.some((reason) => reason.test(ours.refused)),
      `only ours refuses, because ${ours.refused}: ${text}`,
    )
    return 'ours refuses'
  }
  // Node may take what follows an answer for a broken part of it.
  if ('refused' in theirs && ours.more) return 'both refuse'
  assert.ok(
    !('refused' in theirs),
    `only Node refuses, because ${'refused' in theirs && theirs.refused}: ${text}`,
  )
  assert.deepEqual(
    { ...ours, headers: joined(ours.headers) },
    { ...theirs, headers: joined(theirs.headers), more: ours.more },
    text,
  )
  return 'same'
}

const VERSION = fc.constantFrom(
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/1.2',
  'http/1.1',
  'HTTX/1.1',
)
const STATUS = fc.constantFrom(
  '200',
  '200',
  '200',
  '404',
  '503',
  '204',
  '304',
  '100',
  '103',
  '101',
  '600',
  '99',
  '20',
  '2000',
  '-1',
)
const REASON = fc.constantFrom(' OK', '', ' ', ' Not Found', ' caf\xe9', ' a\tb', ' a\x01b', '  two')
const END = fc.constantFrom('\n', '\r', '\r\r\n', '\n\r\n')
const FIELD = fc.constantFrom(
  ...[
    'content-type: application/json',
    'X-A: b',
    'x-a: c',
    'x-empty:',
    'x-blank:  \t v \t',
    'X-Obs: \xfc\xff',
  ],
  ...[
    'connection: close',
    'Connection: keep-alive',
    'constructor: x',
    '__proto__: y',
    'x-a',
    ': none',
    'x a: b',
  ],
  ...['x-a : b', ' folded', '\tfolded', 'x-nul: a\x00b', 'x-bell: a\x07b', 'x-cr: a\rb', 'x-del: a\x7fb'],
  ...[
    'content-length: 5',
    'content-length: 5',
    'Content-Length: 005',
    'content-length: +5',
    'content-length: 5, 5',
  ],
  ...[
    'content-length: -1',
    'content-length: 5 ',
    'content-length:',
    'content-length: 0x5',
    'content-length: 99999999999999999999',
  ],
  ...[
    'transfer-encoding: chunked',
    'Transfer-Encoding: Chunked',
    'transfer-encoding: gzip, chunked',
    'transfer-encoding: xchunked',
  ],
  ...[
    'transfer-encoding: chunked, identity',
    'transfer-encoding:',
    'transfer-encoding: identity',
    'upgrade: h2c',
    'trailer: x-t',
  ],
)
const SOUND_FIELD = fc.constantFrom(
  'content-type: text/event-stream',
  'date: now',
  'x-a: b',
  'X-Long: ' + 'y'.repeat(300),
  'x-empty:',
)
const CHUNK = fc.constantFrom(
  ...[
    '5\r\nhello\r\n',
    '05\r\nhello\r\n',
    '5;a\r\nhello\r\n',
    '5;a=b\r\nhello\r\n',
    '5;a="b;c"\r\nhello\r\n',
    'A\r\n0123456789\r\n',
  ],
  ...[
    '5\nhello\r\n',
    '5\r\nhello\n',
    '5\r\nhell\r\n',
    '5\r\nhelloo\r\n',
    '0x5\r\nhello\r\n',
    '5 \r\nhello\r\n',
    '5;\r\nhello\r\n',
  ],
  ...[
    '5;a=\r\nhello\r\n',
    '5;a\x00\r\nhello\r\n',
    '5;a b\r\nhello\r\n',
    '-5\r\nhello\r\n',
    'fffffffff\r\nhello\r\n',
    '\r\n',
    'g\r\n',
  ],
)
const SOUND_CHUNK = fc.constantFrom('5\r\nhello\r\n', '1\r\n{\r\n', 'a\r\n0123456789\r\n', '0003\r\nabc\r\n')
const CHUNK_END = fc.constantFrom(
  ...[
    '0\r\n\r\n',
    '0\r\n\r\n',
    '0\r\n\r\n',
    '000\r\n\r\n',
    '0\r\nx-t: v\r\n\r\n',
    '0\r\nx-t: v\r\nx-u: w\r\n\r\n',
    '0\r\n',
    '',
  ],
  ...[
    '0\r\nx-t\r\n\r\n',
    '0\n\r\n',
    '0\r\n\n',
    '0\r\ncontent-length: 5\r\n\r\n',
    '0\r\ntransfer-encoding: chunked\r\n\r\n',
    '0;a=b\r\n\r\n',
  ],
)

const soundHead = fc
  .tuple(fc.constantFrom('200 OK', '404 Not Found', '503 Busy'), fc.array(SOUND_FIELD, { maxLength: 6 }))
  .map(([status, fields]) => [`HTTP/1.1 ${status}`, ...fields])

const sound = fc.oneof(
  fc
    .tuple(soundHead, fc.string({ unit: 'binary-ascii', maxLength: 80 }))
    .map(([head, body]) => [...head, `content-length: ${body.length}`, '', body].join('\r\n')),
  fc
    .tuple(soundHead, fc.array(SOUND_CHUNK, { maxLength: 8 }))
    .map(([head, chunks]) =>
      [...head, 'transfer-encoding: chunked', '', `${chunks.join('')}0\r\n\r\n`].join('\r\n'),
    ),
  fc
    .tuple(soundHead, fc.string({ unit: 'binary-ascii' }))
    .map(([head, body]) => [...head, '', body].join('\r\n')),
  fc
    .tuple(fc.constantFrom('204', '304'), soundHead)
    .map(([status, [, ...fields]]) => `${[`HTTP/1.1 ${status} X`, ...fields, '', ''].join('\r\n')}`),
)

const interim = fc.constantFrom(
  '',
  '',
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n',
)

const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: odd })

const line = fc
  .tuple(interim, mostly(fc.constant('HTTP/1.1'), VERSION), mostly(fc.constant('200'), STATUS), REASON)
  .map(([before, version, status, reason]) => `${before}${version} ${status}${reason}`)
const end = mostly(fc.constant('\r\n'), END)
const strange = fc
  .tuple(
    line,
    fc.array(fc.tuple(end, mostly(SOUND_FIELD, FIELD)), { maxLength: 3 }),
    fc.option(fc.tuple(end, FIELD), { freq: 2 }),
    fc.tuple(end, end),
    fc.oneof(
      fc
        .tuple(
          fc.array(mostly(SOUND_CHUNK, CHUNK), { maxLength: 3 }),
          mostly(fc.constant('0\r\n\r\n'), CHUNK_END),
        )
        .map(([chunks, last]) => chunks.join('') + last),
      fc.constantFrom('hello', '', 'hell', 'hello you'),
    ),
  )
  .map(([first, fields, framing, ends, body]) =>
    [first, ...fields.flat(), ...(framing ?? []), ...ends, body].join(''),
  )

/** One octet of a sound answer is another, is missing, or is there twice. */
const damaged = fc
  .tuple(sound, fc.nat(), fc.constantFrom('\r', '\n', '\0', ' ', ':', '0', 'x', ''))
  .map(([text, place, octet]) => {
    const at = place % text.length
    return text.slice(0, at) + octet + text.slice(at + 1)
  })

const cuts = fc.array(fc.nat(400), { maxLength: 8 })

function cutUp(text: string, at: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const places = [0, ...at.filter((place) => place < bytes.length).toSorted((a, b) => a - b), bytes.length]
  const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
  return pieces.filter((piece) => piece.length > 0)
}

test('a sound answer is the same to both, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(interim, sound, cuts, async (before, text, at) => {
      assert.equal(await compare(cutUp(before + text, at)), 'same')
    }),
    { numRuns: 500 },
  )
})

test('a sound answer in single bytes is the same to both', async () => {
  await fc.assert(
    fc.asyncProperty(sound, async (text) => {
      assert.equal(
        await compare([...Buffer.from(text, 'latin1')].map((octet) => Buffer.from([octet]))),
        'same',
      )
    }),
    { numRuns: 50 },
  )
})

for (const [what, answers] of Object.entries({ strange, damaged })) {
  test(`what Node refuses of ${what} answers, ours refuses too, and nothing is told otherwise`, async () => {
    const seen = { same: 0, 'both refuse': 0, 'ours refuses': 0 }
    await fc.assert(
      fc.asyncProperty(answers, cuts, async (text, at) => {
        seen[await compare(cutUp(text, at))] += 1
      }),
      { numRuns: 2_000 },
    )
    assert.ok(seen.same > 100 && seen['both refuse'] > 100, JSON.stringify(seen))
  })
}
