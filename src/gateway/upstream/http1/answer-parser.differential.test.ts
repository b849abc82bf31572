// Our reader of answers against Node's own, over answers that are right, wrong, and cut into any pieces.
// Both must tell the same, or ours refuse for one of the reasons listed here. What Node refuses, ours may never accept.
import assert from 'node:assert/strict'
import http from 'node:http'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { AnswerParser } from './answer-parser.ts'
import { ConnectionFault } from '../../http1/fault.ts'
import {
  holdAny,
  holdSound,
  mostly,
  soundChunk,
  toDamaged,
  toStrange,
  type Agreement,
} from '../../http1/fixtures/octets.ts'
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
  // More zeros than anybody needs.
  /larger than is read: a chunk$/,
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

async function compare(pieces: readonly Buffer[]): Promise<Agreement> {
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
const SOUND_FIELD = fc.constantFrom(
  'content-type: text/event-stream',
  'date: now',
  'x-a: b',
  'X-Long: ' + 'y'.repeat(300),
  'x-empty:',
)
const soundHead = fc
  .tuple(fc.constantFrom('200 OK', '404 Not Found', '503 Busy'), fc.array(SOUND_FIELD, { maxLength: 6 }))
  .map(([status, fields]) => [`HTTP/1.1 ${status}`, ...fields])

const sound = fc.oneof(
  fc
    .tuple(soundHead, fc.string({ unit: 'binary-ascii', maxLength: 80 }))
    .map(([head, body]) => [...head, `content-length: ${body.length}`, '', body].join('\r\n')),
  fc
    .tuple(soundHead, fc.array(soundChunk, { maxLength: 8 }))
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

const firstLine = fc
  .tuple(interim, mostly(fc.constant('HTTP/1.1'), VERSION), mostly(fc.constant('200'), STATUS), REASON)
  .map(([before, version, status, reason]) => `${before}${version} ${status}${reason}`)
const strange = toStrange({ firstLine, soundField: SOUND_FIELD, oddFields: ['upgrade: h2c'] })

test('a sound answer is the same to both, however it is cut', () =>
  holdSound(
    fc.tuple(interim, sound).map((parts) => parts.join('')),
    compare,
  ))

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

for (const [what, answers] of Object.entries({ strange, damaged: toDamaged(sound) })) {
  test(`what Node refuses of ${what} answers, ours refuses too, and nothing is told otherwise`, () =>
    holdAny(answers, compare))
}
