// Our reader of requests against Node's own, over requests that are right, wrong, one behind the other, and cut into any
// pieces. What Node refuses, ours may never accept; what both accept, both read alike, and for the rest ours has a reason.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
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
import { checkTarget, pathOf } from '../target.ts'
import { UNKNOWN, type RequestHead } from './parse-head.ts'
import { RequestReader } from './request-reader.ts'

interface Told {
  readonly method: string
  readonly url: string
  readonly version: number
  readonly headers: readonly string[]
  readonly body: string
  readonly keepsAlive: boolean
}

/** `rest`: what became of the bytes behind the last request that was complete. */
interface Outcome {
  readonly requests: readonly Told[]
  readonly rest: 'nothing' | 'incomplete' | { readonly refused: string }
}

const MAX_HEAD_BYTES = 16_384

/** Why ours may refuse what Node's accepts, by what it says. */
const STRICTER: readonly RegExp[] = [
  // Node knows 0.9 and 2.0 too, and those of RTSP.
  /a method$/,
  /a target$/,
  /a version other than/,
  // Node leaves other codings to whoever reads the body.
  /^a coding$/,
  /^a tunnel$/,
  /^a path$/,
  // `a=` without a value.
  /a chunk extension/,
  // More zeros than anybody needs.
  /larger than is read: a chunk$/,
  // Framing once more, when the body is over.
  /a trailer /,
]

class Recorder {
  readonly requests: Told[] = []
  head: RequestHead | undefined
  #body: Buffer[] = []

  onHead(head: RequestHead): void {
    this.head = head
  }

  onBody(piece: Buffer): void {
    this.#body.push(piece)
  }

  onEnd(): void {
    const { head } = this
    assert.ok(head !== undefined)
    this.requests.push({
      ...{ method: head.method, url: head.url, version: head.httpVersionMinor, headers: head.rawHeaders },
      body: Buffer.concat(this.#body).toString('latin1'),
      keepsAlive: head.keepsAlive,
    })
    this.#body = []
    this.head = undefined
  }
}

/** What is read and then refused whatever it asks for: connection.ts, request-head.ts, target.ts. */
function reasonToRefuse(
  head: { method: string; url: string; length?: number } | undefined,
): string | undefined {
  if (head === undefined) return undefined
  if (head.length === UNKNOWN) return 'a coding'
  if (head.method === 'CONNECT') return 'a tunnel'
  try {
    checkTarget(head.url, pathOf(head.url))
  } catch {
    return 'a path'
  }
  return undefined
}

const isServed = (request: Told): boolean => reasonToRefuse(request) === undefined

/** Reads on behind each request, until one is the last of its connection. */
function readByOurs(pieces: readonly Buffer[]): Outcome {
  const recorder = new Recorder()
  const { requests } = recorder
  const reader = new RequestReader(recorder, MAX_HEAD_BYTES)
  const window = new ReadWindow()
  try {
    for (const piece of pieces) {
      window.show(Buffer.from(piece), piece.length)
      while (!window.isEmpty && requests.at(-1)?.keepsAlive !== false) {
        reader.read(window)
        const refused = reasonToRefuse(recorder.head ?? requests.at(-1))
        if (refused !== undefined) {
          return { requests: requests.filter(isServed), rest: { refused } }
        }
        if (reader.isDone) reader.begin()
      }
    }
  } catch (thrown) {
    assert.ok(thrown instanceof ConnectionFault, String(thrown))
    return { requests, rest: { refused: reasonToRefuse(recorder.head) ?? thrown.message } }
  }
  return { requests, rest: reader.isWithin ? 'incomplete' : 'nothing' }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Node's server on a connection that is nothing but these pieces, then the end. */
async function readByNode(pieces: readonly Buffer[]): Promise<Outcome> {
  const connection = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
  const told: (Told | undefined)[] = []
  let refused: string | undefined
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const index = told.push(undefined) - 1
    const body: Buffer[] = []
    request.on('data', (chunk: Buffer) => void body.push(chunk))
    request.on('error', () => undefined)
    request.on('end', () => {
      told[index] = {
        method: request.method ?? '',
        url: request.url ?? '',
        version: request.httpVersionMinor,
        headers: request.rawHeaders,
        body: Buffer.concat(body).toString('latin1'),
        keepsAlive: response.shouldKeepAlive,
      }
    })
  }
  const server = createServer({ requireHostHeader: false, maxHeaderSize: MAX_HEAD_BYTES }, take)
  server.on('checkContinue', take).on('checkExpectation', take)
  server.on('connect', (request: IncomingMessage) => {
    const { method = '', url = '', httpVersionMinor: version, rawHeaders: headers } = request
    told.push({ method, url, version, headers, body: '', keepsAlive: false })
  })
  server.on('clientError', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'HPE_INVALID_EOF_STATE') refused ??= error.message
  })
  server.emit('connection', connection)
  for (const piece of pieces) connection.push(Buffer.from(piece))
  // Bodies arrive in turns of their own, and the end of a connection would overtake them.
  for (let turn = 0; turn < 3; turn += 1) await nextTurn()
  const requests = told.filter((each) => each !== undefined)
  connection.destroy()
  if (refused !== undefined) return { requests, rest: { refused } }
  return { requests, rest: requests.length === told.length ? 'nothing' : 'incomplete' }
}

function asksToClose({ headers }: Told): boolean {
  return headers.some((name, index) => {
    return (
      index % 2 === 0 && /^connection$/i.test(name) && /(^|,)\s*close\s*(,|$)/i.test(headers[index + 1] ?? '')
    )
  })
}

async function compare(pieces: readonly Buffer[]): Promise<Agreement> {
  const ours = readByOurs(pieces)
  const theirs = await readByNode(pieces)
  const text = JSON.stringify(Buffer.concat(pieces).toString('latin1'))
  for (const [index, request] of ours.requests.entries()) {
    const other = theirs.requests[index]
    assert.ok(
      other !== undefined,
      `only ours accepts the request ${index} (${JSON.stringify(theirs.rest)}): ${text}`,
    )
    // RFC 9112 9.3: `close` counts whatever stands beside it; in HTTP/1.0 Node lets `keep-alive` win.
    const keepsAlive = other.keepsAlive && !(request.version === 0 && asksToClose(request))
    assert.deepEqual(request, { ...other, keepsAlive }, text)
  }
  if (ours.requests.at(-1)?.keepsAlive === false) return 'same'
  if (typeof ours.rest === 'object') {
    if (theirs.requests.length === ours.requests.length && theirs.rest !== 'nothing') return 'both refuse'
    const why = ours.rest.refused
    assert.ok(
      STRICTER.some((reason) => reason.test(why)),
      `only ours refuses, because ${why}: ${text}`,
    )
    return 'ours refuses'
  }
  assert.equal(theirs.requests.length, ours.requests.length, text)
  if (typeof theirs.rest !== 'object') return 'same'
  // Node may see sooner what is wrong; ours must when the line, or the head, is over.
  const later = readByOurs([...pieces, Buffer.from('\r\n\r\n')])
  assert.ok(typeof later.rest === 'object', `only Node refuses, because ${theirs.rest.refused}: ${text}`)
  return 'both refuse'
}

const METHOD = fc.constantFrom(
  ...[
    'GET',
    'POST',
    'HEAD',
    'OPTIONS',
    'M-SEARCH',
    'PURGE',
    'QUERY',
    'CONNECT',
    'PRI',
    'get',
    'GETX',
    'G',
    '',
  ],
  ...['G T', 'GET ', ' GET', 'GET\t', 'P\xd6ST', 'POST:', '\x16\x03\x01', 'SOURCE', 'DESCRIBE', 'BREW'],
)
const TARGET = fc.constantFrom(
  ...['/', '/v1/models', '/a?b=c', '*', 'http://h/', '/a#b', '//', '', 'a', 'h:1', '/\xe9', '/\x7f', '/\x01'],
  ...['/ /', '/\t', '/a ', ' /', '/%00', '/"<>', '/{}|\\^`', '?', '/a\x0bb', '/a\x0cb', 'HTTP/1.1'],
)
const VERSION = fc.constantFrom(
  ...[
    'HTTP/1.0',
    'HTTP/2.0',
    'HTTP/1.2',
    'HTTP/0.9',
    'http/1.1',
    'HTTX/1.1',
    'HTTP/1',
    'HTTP/1.1 ',
    'HTTP/1.10',
  ],
  ...['', ' HTTP/1.1', 'HTTP/ 1.1', 'HTTP/1,1', 'HTTPS/1.1', 'ICE/1.0', 'RTSP/1.0', 'HTTP/01.1'],
)
const SOUND_FIELD = fc.constantFrom(
  ...['content-type: application/json', 'host: gateway', 'x-a: b', 'X-Long: ' + 'y'.repeat(300), 'x-empty:'],
  ...['authorization: Bearer a', 'X-Obs: caf\xe9', 'x-a:b', 'accept:\t*/* '],
)
/** Without `upgrade`: Node then stops reading, as for another protocol, also where it stays with HTTP. */
const ODD_FIELDS = ['connection: upgrade', 'expect: 100-continue', 'expect: wonders', 'te: trailers']

const soundHead = fc
  .tuple(fc.constantFrom('POST', 'GET', 'PUT'), fc.array(SOUND_FIELD, { maxLength: 5 }))
  .map(([method, fields]) => [`${method} /v1/models?a=b HTTP/1.1`, ...fields])

const soundOne = fc.oneof(
  fc
    .tuple(soundHead, fc.string({ unit: 'binary-ascii', maxLength: 80 }))
    .map(([head, body]) => [...head, `content-length: ${body.length}`, '', body].join('\r\n')),
  fc
    .tuple(soundHead, fc.array(soundChunk, { maxLength: 6 }), fc.constantFrom('', 'x-t: v\r\n'))
    .map(([head, chunks, trailer]) =>
      [...head, 'transfer-encoding: chunked', '', `${chunks.join('')}0\r\n${trailer}\r\n`].join('\r\n'),
    ),
  soundHead.map((head) => [...head, '', ''].join('\r\n')),
)
const sound = fc
  .array(fc.tuple(fc.constantFrom('', '', '', '\r\n'), soundOne), { minLength: 1, maxLength: 4 })
  .map((requests) => requests.flat().join(''))

const firstLine = fc
  .tuple(
    mostly(fc.constant('POST'), METHOD),
    mostly(fc.constant('/'), TARGET),
    mostly(fc.constant('HTTP/1.1'), VERSION),
  )
  .map((parts) => parts.join(' '))
const strangeOne = toStrange({ firstLine, soundField: SOUND_FIELD, oddFields: ODD_FIELDS })
const strange = fc
  .tuple(fc.option(soundOne, { freq: 3 }), strangeOne, fc.option(soundOne, { freq: 3 }))
  .map((requests) => requests.map((each) => each ?? '').join(''))

test('sound requests are the same to both, however they are cut', () => holdSound(sound, compare))

for (const [what, requests] of Object.entries({ strange, damaged: toDamaged(sound) })) {
  test(`what Node refuses of ${what} requests, ours refuses too, and nothing is told otherwise`, () =>
    holdAny(requests, compare))
}
