// Answers to the octet: their heads, their framing, and what they say of the connection.
import assert from 'node:assert/strict'
import { request as ask } from 'node:http'
import { afterEach, describe, it } from 'node:test'
import {
  echo,
  get,
  openBench,
  until,
  type Answer,
  type Bench,
  type Told,
} from '../fixtures/listener-bench.ts'

const DATE = 'date: Sat, 21 Nov 2026 12:00:00 GMT\r\n'
const STAYS = `${DATE}connection: keep-alive\r\nkeep-alive: timeout=65\r\n\r\n`
const CLOSES = `${DATE}connection: close\r\n\r\n`
const CHUNKED = 'transfer-encoding: chunked\r\n'

let bench: Bench
afterEach(() => bench.close())

/** Everything that is said to one request. */
async function answerTo(text: string, answer: Answer): Promise<string> {
  bench = await openBench(answer)
  const caller = await bench.call(text)
  await until(() => (bench.told[0]?.closes.length ?? 0) > 0, 'the end of the answer')
  caller.socket.end()
  await caller.end()
  return caller.text
}

const whole =
  (body: string, status = 200, headers: string[] = []): Answer =>
  ({ response }) => {
    response.writeHead(status, [...headers, 'content-length', String(body.length)])
    response.end(Buffer.from(body, 'latin1'))
  }
const inPieces =
  (...pieces: string[]): Answer =>
  ({ response }) => {
    for (const piece of pieces) response.write(Buffer.from(piece, 'latin1'))
    response.end()
  }
const old = (more = ''): string => `GET / HTTP/1.0\r\n${more}\r\n`

describe('an answer of a known length', () => {
  it('is its head, with date and promise, and its body', async () => {
    const headers = ['x-request-id', 'req_1', 'x-name', 'caf\xe9', 'x-empty', '']
    const head = 'x-request-id: req_1\r\nx-name: caf\xe9\r\nx-empty: \r\ncontent-length: 4\r\n'
    assert.equal(
      await answerTo(get('/'), whole('\xe9\x00\xff!', 200, headers)),
      `HTTP/1.1 200 OK\r\n${head}${STAYS}\xe9\x00\xff!`,
    )
  })

  it('says its status in words, also one that nobody knows', async () => {
    assert.match(await answerTo(get('/'), whole('', 503)), /^HTTP\/1\.1 503 Service Unavailable\r\n/)
    await bench.close()
    assert.match(await answerTo(get('/'), whole('', 599)), /^HTTP\/1\.1 599 unknown\r\n/)
  })

  it('is the last one where either side says so', async () => {
    const length = 'content-length: 1\r\n'
    for (const [text, answer] of [
      [get('/', 'connection: close\r\n'), whole('a')],
      [get('/'), whole('a', 200, ['connection', 'close'])],
      [old(), whole('a')],
    ] as const) {
      assert.equal(await answerTo(text, answer), `HTTP/1.1 200 OK\r\n${length}${CLOSES}a`)
      await bench.close()
    }
    const stays = `HTTP/1.1 200 OK\r\n${length}${STAYS}a`
    assert.equal(await answerTo(old('connection: keep-alive\r\n'), whole('a')), stays)
  })

  it('is the same octets whether it is joined with its head or too large for that', async () => {
    for (const size of [16_383, 16_384, 16_385, 300_000]) {
      const body = 'a\xe9'.repeat(Math.ceil(size / 2)).slice(0, size)
      assert.equal(
        await answerTo(get('/'), whole(body)),
        `HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n${STAYS}${body}`,
      )
      await bench.close()
    }
    bench = await openBench(echo)
  })

  it('may be written in several pieces', async () => {
    const text = await answerTo(get('/'), ({ response }) => {
      response.writeHead(200, ['content-length', '6'])
      response.write(Buffer.from('ab'))
      response.write(Buffer.from(''))
      response.write(Buffer.from('cd'))
      response.end(Buffer.from('ef'))
    })
    assert.equal(text, `HTTP/1.1 200 OK\r\ncontent-length: 6\r\n${STAYS}abcdef`)
  })
})

describe('an answer of unknown length', () => {
  it('comes in chunks, the last one with its last bytes', async () => {
    const head = `HTTP/1.1 200 OK\r\n${CHUNKED}${STAYS}`
    assert.equal(
      await answerTo(get('/'), inPieces('a', '0123456789abcdef', '')),
      `${head}1\r\na\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n`,
    )
    await bench.close()
    const last: Answer = ({ response }) => {
      response.write(Buffer.from('\xe9', 'latin1'))
      response.end(Buffer.from('last'))
    }
    assert.equal(await answerTo(get('/'), last), `${head}1\r\n\xe9\r\n4\r\nlast\r\n0\r\n\r\n`)
    await bench.close()
    assert.equal(await answerTo(get('/'), inPieces()), `${head}0\r\n\r\n`)
  })

  it('frames what is too large to be joined alike', async () => {
    const body = 'b\xff'.repeat(10_000)
    const text = await answerTo(get('/'), inPieces(body, body))
    const chunk = `4e20\r\n${body}\r\n`
    assert.equal(text, `HTTP/1.1 200 OK\r\n${CHUNKED}${STAYS}${chunk}${chunk}0\r\n\r\n`)
    await bench.close()
    const atOnce: Answer = ({ response }) => response.end(Buffer.from(body, 'latin1'))
    assert.equal(await answerTo(get('/'), atOnce), `HTTP/1.1 200 OK\r\n${CHUNKED}${STAYS}${chunk}0\r\n\r\n`)
  })

  it('ends with its connection in HTTP/1.0, which then cannot stay', async () => {
    for (const more of ['', 'connection: keep-alive\r\n']) {
      assert.equal(await answerTo(old(more), inPieces('ab', 'cd')), `HTTP/1.1 200 OK\r\n${CLOSES}abcd`)
      await bench.close()
    }
    bench = await openBench(echo)
  })
})

describe('an answer without a body', () => {
  const head = (text: string): string => text.replace('GET', 'HEAD')

  it('is to HEAD the head alone, whatever is written', async () => {
    const length = 'content-length: 4\r\n'
    assert.equal(await answerTo(head(get('/')), whole('body')), `HTTP/1.1 200 OK\r\n${length}${STAYS}`)
    await bench.close()
    assert.equal(await answerTo(head(get('/')), inPieces('body')), `HTTP/1.1 200 OK\r\n${STAYS}`)
    await bench.close()
    assert.equal(
      await answerTo(head(old('connection: keep-alive\r\n')), inPieces('body')),
      `HTTP/1.1 200 OK\r\n${STAYS}`,
    )
  })

  it('states no length with 204, and may state one with 304', async () => {
    assert.equal(await answerTo(get('/'), whole('', 204)), `HTTP/1.1 204 No Content\r\n${STAYS}`)
    await bench.close()
    const length = 'content-length: 4\r\n'
    assert.equal(
      await answerTo(get('/'), whole('body', 304)),
      `HTTP/1.1 304 Not Modified\r\n${length}${STAYS}`,
    )
  })

  it('leaves the next one where it belongs', async () => {
    bench = await openBench((told) => (told.request.method === 'HEAD' ? inPieces('body')(told) : echo(told)))
    const caller = await bench.call(head(get('/1')) + get('/2'))
    await caller.statuses(2)
    assert.equal(caller.text, `HTTP/1.1 200 OK\r\n${STAYS}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${STAYS}/2`)
  })
})

describe('interim answers', () => {
  it('stand in front of the head', async () => {
    const text = await answerTo(get('/'), (told) => {
      told.response.writeProcessing()
      told.response.writeContinue()
      whole('a')(told)
    })
    const interim = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'
    assert.equal(text, `${interim}HTTP/1.1 200 OK\r\ncontent-length: 1\r\n${STAYS}a`)
  })
})

describe('an answer and its caller', () => {
  it('says whether the caller keeps up, and when it does again', async () => {
    const piece = Buffer.alloc(100_000, 'a')
    let drained = 0
    bench = await openBench(({ response }) => response.writeHead(200, []))
    const caller = await bench.call()
    caller.socket.pause()
    caller.send(get('/'))
    await until(() => bench.told.length === 1, 'the request')
    const { response } = bench.told[0] as Told
    let written = 0
    while (response.write(piece)) written += 1
    assert.ok(response.writableNeedDrain && written < 1_000)
    response.onceDrained(() => (drained += 1))
    caller.socket.resume()
    await until(() => drained === 1, 'room')
    response.end()
    await until(() => caller.text.endsWith('\r\n0\r\n\r\n'), 'the end')
    assert.ok(response.writableFinished)
  })

  it('writes nothing behind its end', async () => {
    const text = await answerTo(get('/'), (told) => {
      whole('a')(told)
      told.response.write(Buffer.from('b'))
      told.response.end(Buffer.from('c'))
    })
    assert.ok(text.endsWith('\r\n\r\na'))
  })

  it('reads to Node as what it is', async () => {
    bench = await openBench(inPieces('caf\xe9', 'x'.repeat(40_000)))
    const { port } = bench
    const read = await new Promise<{ status: number; body: string; date: string }>((resolve, reject) => {
      const request = ask({ port, host: '127.0.0.1', agent: false }, (response) => {
        let body = ''
        response.setEncoding('latin1').on('data', (more: string) => (body += more))
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body, date: response.headers.date ?? '' })
        })
      })
      request.on('error', reject).end()
    })
    assert.deepEqual(read, {
      status: 200,
      body: `caf\xe9${'x'.repeat(40_000)}`,
      date: 'Sat, 21 Nov 2026 12:00:00 GMT',
    })
  })
})
