import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createManualClock } from '../../../core/clock.ts'
import { WeirError } from '../../../core/errors.ts'
import { Dialer, toDialTarget } from '../dial/dialer.ts'
import type { Lookup } from '../dial/name-cache.ts'
import { TEST_CERTIFICATE } from '../fixtures/certificate.ts'
import { startSocketBackend, type OnData, type SocketBackend } from '../fixtures/socket-backend.ts'
import { Http1Connection, type AnswerSink } from './connection.ts'
import { ConnectionFault } from '../../http1/fault.ts'

const backends: SocketBackend[] = []
after(() => Promise.all(backends.map((backend) => backend.close())))

async function backendOf(onData: OnData, options?: { tls: boolean }): Promise<SocketBackend> {
  const backend = await startSocketBackend(onData, options)
  backends.push(backend)
  return backend
}

interface Watched {
  readonly connection: Http1Connection
  /** How often it said that it closed while it carried nothing. */
  readonly gone: () => number
}

function connectTo(url: string, lookup?: Lookup): Watched {
  let gone = 0
  const connection = new Http1Connection({
    target: toDialTarget(url),
    dialer: new Dialer({ clock: createManualClock(), lookup }),
    onGone: () => (gone += 1),
  })
  return { connection, gone: () => gone }
}

const urlOf = ({ port }: SocketBackend): string => `http://127.0.0.1:${port}`

interface Answered {
  readonly status: number
  readonly body: string
  readonly error: Error | undefined
}

/** Asks on the connection and waits for how it ends. */
function ask(connection: Http1Connection, body = '', also: Partial<AnswerSink> = {}): Promise<Answered> {
  return new Promise((resolve) => {
    let status = 0
    const pieces: Buffer[] = []
    const finish = (error?: Error): void =>
      resolve({ status, body: Buffer.concat(pieces).toString('latin1'), error })
    connection.send(
      { method: 'POST', path: '/v1', headers: ['x', 'y'], body: Buffer.from(body) },
      {
        onConnected: () => undefined,
        onHead: (stated) => {
          status = stated
        },
        onBody: (bytes) => void pieces.push(bytes),
        onEnd: () => finish(),
        onBroken: finish,
        ...also,
      },
    )
  })
}

const codeOf = (error: Error | undefined): unknown => (error as NodeJS.ErrnoException | undefined)?.code
/** Long enough for whatever must not happen. */
const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1))
}
const answer = (body: string, head = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${head}\r\n${body}`

test('one request after the other goes over one connection', async () => {
  const backend = await backendOf((socket, now) => void socket.write(answer(now.slice(-1))))
  const { connection } = connectTo(urlOf(backend))
  for (const body of ['a', 'b', 'c']) {
    assert.deepEqual(await ask(connection, body), { status: 200, body, error: undefined })
    assert.equal(connection.isReusable, true)
  }
  assert.equal(backend.sockets.length, 1)
  const written = (body: string): string =>
    `POST /v1 HTTP/1.1\r\nhost: 127.0.0.1:${backend.port}\r\nconnection: keep-alive\r\ncontent-length: 1\r\nx: y\r\n\r\n${body}`
  assert.equal(backend.received[0], ['a', 'b', 'c'].map(written).join(''))
  connection.destroy()
})

test('a request of any size arrives as it was', async () => {
  for (const size of [16_384, 16_385, 3_000_000]) {
    const body = 'é'.repeat(size / 2)
    const bytes = Buffer.byteLength(body)
    const backend = await backendOf((socket, _, all) => {
      if (all.length >= all.indexOf('\r\n\r\n') + 4 + bytes) socket.write(answer('ok'))
    })
    const { connection } = connectTo(urlOf(backend))
    assert.equal((await ask(connection, body)).body, 'ok')
    assert.equal(backend.received[0]?.slice(-bytes), Buffer.from(body).toString('latin1'))
    assert.equal(connection.isReusable, true)
    connection.destroy()
  }
})

test('an answer before the whole request is told, and the rest of the request stands before no other', async () => {
  const backend = await backendOf((socket) => {
    socket.pause()
    socket.write(answer('too large'))
  })
  const { connection } = connectTo(urlOf(backend))
  assert.equal((await ask(connection, 'x'.repeat(20_000_000))).body, 'too large')
  assert.equal(connection.isReusable, false)
  connection.destroy()
})

test('what comes on an idle connection closes it', async () => {
  const backend = await backendOf((socket) => void socket.write(answer('mine')))
  const { connection, gone } = connectTo(urlOf(backend))
  await ask(connection)
  assert.equal(connection.isReusable, true)
  backend.sockets[0]?.write(answer('not yours'))
  await until(() => gone() > 0)
  assert.deepEqual([connection.isReusable, connection.isConnected, gone()], [false, false, 1])
})

test('what comes together with the end of an answer is told to nobody, and the connection not used again', async () => {
  const backend = await backendOf((socket) => void socket.write(answer('mine') + answer('not yours')))
  const { connection } = connectTo(urlOf(backend))
  assert.equal((await ask(connection)).body, 'mine')
  assert.equal(connection.isReusable, false)
  connection.destroy()
})

test('a connection is not used again where the answer says so, or ended with it', async () => {
  const answers = [
    answer('x', 'connection: close\r\n'),
    answer('x').replace('1.1', '1.0'),
    'HTTP/1.1 200 OK\r\n\r\nx',
  ]
  for (const text of answers) {
    const backend = await backendOf((socket) => void socket.end(text))
    const { connection } = connectTo(urlOf(backend))
    assert.deepEqual(await ask(connection), { status: 200, body: 'x', error: undefined })
    assert.equal(connection.isReusable, false)
    connection.destroy()
  }
})

test('an idle connection that the backend closes says so', async () => {
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const backend = await backendOf((socket) => void socket.write(answer('x')))
    const { connection, gone } = connectTo(urlOf(backend))
    await ask(connection)
    backend.sockets[0]?.[leave]()
    await until(() => gone() > 0)
    assert.deepEqual([connection.isReusable, gone()], [false, 1])
  }
})

/** How it is left -> what is told, before anything came and in the middle of an answer. */
const LEAVINGS = { end: 'WEIR_CONNECTION_CLOSED', resetAndDestroy: 'ECONNRESET' } as const
const BEGINNINGS = [
  'HTTP/1.1 2',
  'HTTP/1.1 100 Continue\r\n\r\n',
  answer('abc').slice(0, -1),
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n',
]

test('a connection that is lost before an answer is told from one that is cut in the middle of it', async () => {
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const silent = await backendOf((socket) => void socket[leave]())
    const before = await ask(connectTo(urlOf(silent)).connection)
    assert.deepEqual([before.status, codeOf(before.error)], [0, LEAVINGS[leave]])
    for (const beginning of BEGINNINGS) {
      const backend = await backendOf((socket) => {
        socket.write(beginning)
        setTimeout(() => socket[leave](), 10)
      })
      const { error } = await ask(connectTo(urlOf(backend)).connection)
      assert.equal(codeOf(error), 'WEIR_ANSWER_CUT', `${leave} after ${beginning}`)
    }
  }
})

test('a body that only its connection ends is whole when it was closed, and cut when it was reset', async () => {
  for (const [leave, code] of [
    ['end', undefined],
    ['resetAndDestroy', 'WEIR_ANSWER_CUT'],
  ] as const) {
    const backend = await backendOf((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nabc')
      setTimeout(() => socket[leave](), 10)
    })
    const { body, error } = await ask(connectTo(urlOf(backend)).connection)
    assert.deepEqual([body, codeOf(error)], ['abc', code])
  }
})

test('a request on a connection that was closed in that moment is lost before an answer', async () => {
  const backend = await backendOf((socket) => void socket.write(answer('x')))
  const { connection } = connectTo(urlOf(backend))
  await ask(connection)
  backend.sockets[0]?.resetAndDestroy()
  // In the same turn: neither side has heard of the other.
  const { status, error } = await ask(connection)
  assert.equal(status, 0)
  assert.match(String(codeOf(error)), /^(ECONNRESET|EPIPE|WEIR_CONNECTION_CLOSED)$/)
})

test('an answer that is not HTTP ends the connection at once', async () => {
  const backend = await backendOf((socket) => void socket.write('220 mail.example ESMTP\r\n'))
  const { connection } = connectTo(urlOf(backend))
  assert.equal(codeOf((await ask(connection)).error), 'WEIR_MESSAGE_INVALID')
  await until(() => backend.sockets[0]?.destroyed === true)
})

test('a paused connection reads nothing more, and goes on where it stopped', async () => {
  const total = 5_000_000
  const backend = await backendOf((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`)
    socket.write(Buffer.alloc(total, 'z'))
  })
  const { connection } = connectTo(urlOf(backend))
  let size = 0
  const ended = ask(connection, '', {
    onBody: (bytes) => {
      size += bytes.length
      connection.pause()
    },
  })
  await until(() => size > 0)
  const first = size
  assert.ok(first <= 65_536, `${first}`)
  await aMoment()
  assert.equal(size, first)
  const resume = setInterval(() => connection.resume(), 0)
  const { error } = await ended
  clearInterval(resume)
  assert.deepEqual([size, error, connection.isReusable], [total, undefined, true])
  // It was paused by its last piece, and is awake again.
  backend.sockets[0]?.write('stray')
  await until(() => !connection.isReusable)
})

test('destroying it closes the connection and tells nobody anything', async () => {
  const backend = await backendOf((socket) => void socket.write(answer('abc').slice(0, -1)))
  const { connection, gone } = connectTo(urlOf(backend))
  const told: string[] = []
  const tell = (what: string) => (): void => void told.push(what)
  void ask(connection, '', {
    onHead: () => connection.destroy(),
    onBody: tell('body'),
    onEnd: tell('end'),
    onBroken: tell('broken'),
  })
  await until(() => backend.sockets[0]?.destroyed === true)
  assert.deepEqual([told, gone(), connection.isReusable], [[], 0, false])
})

test('a reader that fails does not take the process with it, and its request gets an error of ours', async () => {
  const backend = await backendOf((socket) => void socket.write(answer('x')))
  for (const place of ['onHead', 'onBody', 'onEnd'] as const) {
    const { connection } = connectTo(urlOf(backend))
    const { error } = await ask(connection, '', {
      [place]: () => {
        throw new TypeError('a mistake')
      },
    })
    assert.ok(error instanceof WeirError && error.code === 'internal', place)
    assert.equal(connection.isReusable, false)
  }
})

test('a backend that is not there is told as the system tells it', async () => {
  const backend = await startSocketBackend(() => undefined)
  await backend.close()
  assert.equal(codeOf((await ask(connectTo(urlOf(backend)).connection)).error), 'ECONNREFUSED')
})

test('nothing is dialled for a request that was given up while its name was looked up', async () => {
  const backend = await backendOf(() => undefined)
  let found: (addresses: { address: string; family: number }[]) => void = () => undefined
  const lookup: Lookup = () => new Promise((resolve) => (found = resolve))
  const { connection } = connectTo(`http://model.test:${backend.port}`, lookup)
  void ask(connection)
  connection.destroy()
  found([{ address: '127.0.0.1', family: 4 }])
  await aMoment()
  assert.equal(backend.sockets.length, 0)
})

test('a request that cannot be written is refused before anything is opened', async () => {
  const backend = await backendOf(() => undefined)
  const { connection } = connectTo(urlOf(backend))
  const sink = {} as AnswerSink
  const request = { method: 'POST', path: '/', headers: ['x', 'a\r\nb'], body: Buffer.alloc(0) } as const
  assert.throws(() => connection.send(request, sink), TypeError)
  await aMoment()
  assert.equal(backend.sockets.length, 0)
})

test('over TLS the certificate must be for the name that was asked for', async () => {
  const trusted = getCACertificates('default')
  const lookup: Lookup = async () => [{ address: '127.0.0.1', family: 4 }]
  const backend = await backendOf((socket) => void socket.write(answer('x')), { tls: true })
  const codeFor = async (host: string): Promise<unknown> => {
    const { connection } = connectTo(`https://${host}:${backend.port}`, lookup)
    const { body, error } = await ask(connection)
    if (error === undefined) assert.equal((await ask(connection)).body, body)
    connection.destroy()
    return error === undefined ? body : codeOf(error)
  }
  assert.equal(await codeFor('model.test'), 'DEPTH_ZERO_SELF_SIGNED_CERT')
  setDefaultCACertificates([...trusted, TEST_CERTIFICATE])
  try {
    assert.equal(await codeFor('model.test'), 'x')
    assert.equal(await codeFor('127.0.0.1'), 'x')
    assert.equal(await codeFor('other.test'), 'ERR_TLS_CERT_ALTNAME_INVALID')
  } finally {
    setDefaultCACertificates(trusted)
  }
  assert.ok(!backend.received.some((text) => text.includes('other.test')))
})

test('an address that no backend may have is refused before anything is sent', async () => {
  const { error } = await ask(connectTo('http://169.254.169.254').connection)
  assert.ok(error instanceof ConnectionFault)
  assert.equal(error.code, 'WEIR_ADDRESS_REFUSED')
  assert.match(error.message, /169\.254\.169\.254 is link-local/)
})

/** An answer in several chunks, each of which says whose it is. */
function chunkedFor(who: string): string {
  const chunks = Array.from({ length: 20 }, (_, index) => `<${who} ${index}>`.repeat(index * 40 + 1))
  const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  return `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nwho: ${who}\r\n\r\n${framed}0\r\n\r\n`
}

/** Writes it in pieces of many sizes, a moment between each two, so that those of other connections come in between. */
async function dribble(socket: { write(text: string): unknown }, text: string, seed: number): Promise<void> {
  const sizes = [1, 7, 60, 900, 3_000, 17_000]
  for (let at = 0, turn = seed; at < text.length; turn += 1) {
    const size = sizes[(turn * 7) % sizes.length] ?? 1
    socket.write(text.slice(at, at + size))
    at += size
    await new Promise((resolve) => setImmediate(resolve))
  }
}

for (const tls of [false, true]) {
  test(`no connection sees a byte of another, though all read into one buffer${tls ? ', over TLS too' : ''}`, async () => {
    const certificates = getCACertificates('default')
    setDefaultCACertificates([TEST_CERTIFICATE])
    try {
      let seed = 0
      const backend = await backendOf(
        (socket, now) => void dribble(socket, chunkedFor(now.slice(-3)), (seed += 1)),
        { tls },
      )
      const url = `${tls ? 'https' : 'http'}://model.test:${backend.port}`
      const lookup: Lookup = async () => [{ address: '127.0.0.1', family: 4 }]
      const crowd = Array.from({ length: 24 }, (_, index) => ({ index, ...connectTo(url, lookup) }))
      for (let round = 0; round < 3; round += 1) {
        await Promise.all(
          crowd.map(async ({ index, connection }) => {
            const who = `${round}${String(index).padStart(2, '0')}`
            let named: unknown
            const pieces: Buffer[] = []
            const { error } = await ask(connection, who, {
              onHead: (_, headers) => void (named = headers['who']),
              onBody: (bytes) => void pieces.push(bytes),
            })
            assert.deepEqual([error, named], [undefined, who])
            // Looked at only now: what was kept must not have been read over since.
            const texts = chunkedFor(who).match(/<[^>]*>/g)
            assert.deepEqual(
              Buffer.concat(pieces)
                .toString()
                .match(/<[^>]*>/g),
              texts,
            )
          }),
        )
      }
      for (const { connection } of crowd) connection.destroy()
    } finally {
      setDefaultCACertificates(certificates)
    }
  })
}

test('a socket that cannot even be made fails its request and nothing else', async () => {
  for (const found of [[], Promise.resolve([])]) {
    const dialer = {
      find: () => found,
      connect: () => {
        throw new RangeError('no such port')
      },
    }
    const connection = new Http1Connection({
      target: toDialTarget('http://127.0.0.1'),
      dialer: dialer as unknown as Dialer,
      onGone: () => assert.fail('it carried a request'),
    })
    assert.ok((await ask(connection)).error instanceof RangeError)
  }
})
