// How connections end: by their callers, by what is wrong with what they send, by us; and that whoever waits for an answer
// is told so exactly once.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { WeirError } from '../../../core/errors.ts'
import {
  aWhile,
  echo,
  get,
  later,
  openBench,
  post,
  until,
  type Bench,
  type Told,
} from '../fixtures/listener-bench.ts'

let bench: Bench
afterEach(() => bench.close())

const first = (): Told => bench.told[0] ?? assert.fail('no request was told')
const told = (count: number): Promise<void> => until(() => bench.told.length === count, `request ${count}`)
const gone = (): Promise<void> => until(() => bench.connections.at(-1) === 0, 'the end of every connection')

test('a caller that leaves is told to whoever answers it, once, in every phase of its request', async () => {
  bench = await openBench(later)
  const phases: [string, (each: Told) => void][] = [
    [get('/asked'), () => undefined],
    [post('/incomplete', 'body').slice(0, -1), () => undefined],
    [get('/begun'), ({ response }) => void response.write(Buffer.from('a'))],
    [get('/held'), ({ response }) => response.writeHead(200, [])],
    [get('/stuck'), ({ response }) => void response.end(Buffer.alloc(30_000_000))],
    [get('/behind') + get('/never'), () => undefined],
  ]
  for (const [index, [text, act]] of phases.entries()) {
    const caller = await bench.call()
    caller.socket.pause()
    caller.send(text)
    await told(index + 1)
    const each = bench.told[index] ?? assert.fail()
    act(each)
    caller.leave()
    await until(() => each.closes.length > 0, 'the end of the answer')
    assert.deepEqual([each.closes, each.response.destroyed], [[false], true])
    // Whatever is still done with it harms nobody.
    each.request.discard()
    each.response.write(Buffer.from('a'))
    each.response.end(Buffer.from('b'))
    each.response.destroy()
    await aWhile()
    assert.deepEqual(each.closes, [false])
  }
  await gone()
  assert.ok(!bench.paths().includes('/never'))
})

test('an answer is over once the system has taken it, and only then', async () => {
  bench = await openBench(({ response }) => response.end(Buffer.alloc(30_000_000)))
  const caller = await bench.call()
  caller.socket.pause()
  caller.send(get('/'))
  await told(1)
  await aWhile()
  assert.deepEqual(first().closes, [])
  assert.ok(first().response.writableEnded && !first().response.writableFinished)
  caller.socket.resume()
  await until(() => first().closes.length > 0, 'the end of the answer')
  assert.deepEqual(first().closes, [true])
  assert.equal(first().response.socket, null)
})

test('an answer that is over cannot break the connection of the next one', async () => {
  bench = await openBench(echo)
  const caller = await bench.call(get('/1'))
  await caller.statuses(1)
  first().response.destroy()
  caller.send(get('/2'))
  assert.deepEqual(await caller.statuses(2), ['200', '200'])
})

test('half closed behind its requests, a caller gets every answer and then the end', async () => {
  bench = await openBench(later)
  const caller = await bench.call(get('/1') + post('/2', 'a') + get('/3'))
  caller.socket.end()
  for (const count of [1, 2, 3]) {
    await told(count)
    await aWhile()
    echo(bench.told[count - 1] ?? assert.fail())
  }
  assert.equal(await caller.end(), 'fin')
  assert.deepEqual(await caller.statuses(3), ['200', '200', '200'])
  assert.equal(bench.halfClosed.length, 1, 'one watch a connection')
})

test('half closed behind requests that are answered at once, a caller gets every answer', async () => {
  bench = await openBench(echo)
  const caller = await bench.call(get('/1') + get('/2') + get('/3') + get('/4'))
  caller.socket.end()
  assert.equal(await caller.end(), 'fin')
  assert.deepEqual(await caller.statuses(4), ['200', '200', '200', '200'])
})

test('what never came in to its end is no request, for a caller that will send no more', async () => {
  bench = await openBench(later)
  for (const rest of ['GET /half HTTP/1.1\r\nho', post('/half', 'body').slice(0, -1)]) {
    const caller = await bench.call(get('/whole') + rest)
    caller.socket.end()
    await until(() => bench.told.at(-1)?.request.url === '/whole', 'the first')
    await aWhile()
    echo(bench.told.at(-1) ?? assert.fail())
    assert.equal(await caller.end(), 'fin')
    assert.deepEqual(await caller.statuses(1), ['200'])
  }
  await gone()
  const halves = bench.told.filter(({ request }) => request.url === '/half')
  assert.deepEqual(
    halves.map(({ closes }) => closes),
    [[false]],
  )
  assert.equal(bench.malformed.length, 0)
})

test('with half closing taken for leaving, it is the end of everything', async () => {
  bench = await openBench(later, { settings: { halfClose: 'leave' } })
  const caller = await bench.call(get('/1') + get('/2'))
  await told(1)
  caller.socket.end()
  await until(() => first().closes.length > 0, 'the end of the answer')
  assert.deepEqual([first().closes, caller.text], [[false], ''])
  await gone()
  assert.deepEqual(bench.paths(), ['/1'])
})

test('one that was answered before its request was in may send the rest, and then the next', async () => {
  bench = await openBench(echo)
  const caller = await bench.call(post('/early', 'x'.repeat(100_000)).slice(0, -1_000))
  await caller.statuses(1)
  assert.deepEqual(first().closes, [true])
  caller.send('x'.repeat(1_000) + get('/next'))
  assert.deepEqual(await caller.statuses(2), ['200', '200'])
  assert.deepEqual(bench.paths(), ['/early', '/next'])
})

test('one that was answered early and goes on sending is cut off after a while, told or not told to leave', async () => {
  for (const headers of [[], ['connection', 'close']]) {
    bench = await openBench(({ response }) => {
      response.writeHead(413, [...headers, 'content-length', '0'])
      response.end()
    })
    const caller = await bench.call(post('/', 'x'.repeat(1_000_000)).slice(0, -1))
    assert.deepEqual(await caller.statuses(1), ['413'])
    bench.clock.advance(1_900)
    await aWhile()
    assert.notEqual(bench.connections.at(-1), 0)
    bench.clock.advance(200)
    await gone()
    assert.deepEqual(first().closes, [true])
    caller.leave()
    await bench.close()
  }
})

test('one that was answered early and is to go is closed once its request is in', async () => {
  bench = await openBench(({ response }) => {
    response.writeHead(413, ['connection', 'close', 'content-length', '0'])
    response.end()
  })
  const caller = await bench.call(post('/', 'xy').slice(0, -1))
  assert.deepEqual(await caller.statuses(1), ['413'])
  caller.send('y' + get('/next'))
  assert.equal(await caller.end(), 'fin')
  await gone()
  assert.deepEqual(bench.paths(), ['/'])
})

test('what is wrong with the rest of a request that was answered does not take its answer away', async () => {
  bench = await openBench(echo)
  const head = 'POST /early HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
  const caller = await bench.call(`${head}zz\r\n`)
  assert.deepEqual(await caller.statuses(1), ['200'])
  assert.equal(await caller.end(), 'fin')
  assert.deepEqual([bench.malformed.length, bench.broken.length], [0, 0])
  caller.socket.end()
  await gone()
})

test('a body that cannot be read on is told to whoever reads it, and is the last of its connection', async () => {
  bench = await openBench(later, {
    onBroken(error, each) {
      each?.response.writeHead(error.status, ['content-length', '0'])
      each?.response.end()
      return true
    },
  })
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
  const caller = await bench.call(`${head}1\r\na\r\nzz\r\n${get('/never')}`)
  assert.deepEqual(await caller.statuses(1), ['400'])
  assert.match(caller.text, /connection: close/)
  caller.socket.end()
  assert.equal(await caller.end(), 'fin')
  await gone()
  assert.deepEqual([bench.paths(), bench.malformed.length, first().closes], [['/'], 0, [true]])
})

test('the answer to a broken body comes also when it takes its time and the caller waits half closed', async () => {
  let answer: (() => void) | undefined
  bench = await openBench(later, {
    onBroken(error, each) {
      answer = () => {
        each?.response.writeHead(error.status, ['content-length', '0'])
        each?.response.end()
      }
      return true
    },
  })
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
  const caller = await bench.call(`${head}zz\r\n`)
  caller.socket.end()
  await until(() => answer !== undefined, 'the fault')
  await aWhile()
  answer?.()
  assert.deepEqual(await caller.statuses(1), ['400'])
  await gone()
})

test('a body that nobody reads any more and that breaks ends the connection', async () => {
  bench = await openBench(later)
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
  const caller = await bench.call(`${head}zz\r\n`)
  await caller.end()
  assert.deepEqual([first().closes, bench.broken.length], [[false], 1])
})

test('what a reader of a body throws is our fault, and breaks its request alone', async () => {
  bench = await openBench((each) => {
    each.request.read({
      onData() {
        throw new RangeError('a mistake')
      },
      onEnd: () => undefined,
    })
  })
  const caller = await bench.call(post('/', 'ab').slice(0, -2))
  await told(1)
  caller.send('a')
  await caller.end()
  assert.deepEqual(
    bench.broken.map(({ code }) => code),
    ['internal'],
  )
  const other = await bench.call(get('/fine'))
  await told(2)
  other.leave()
})

const refused: readonly [string, string, string][] = [
  ['what is no HTTP', 'hello world, how do you do?\r\n\r\n', '400'],
  ['the greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '400'],
  ['the greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400'],
  ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n', '405'],
  ['a tunnel with a broken body', 'CONNECT a:1 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', '405'],
  ['a head beyond the limit', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431'],
  ['a head beyond the limit that never ends', `GET /${'y'.repeat(20_000)}`, '431'],
  ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na', '400'],
]
for (const [what, text, status] of refused) {
  test(`${what} is answered once with ${status}, told once, and given a second to read it`, async () => {
    bench = await openBench(later)
    const caller = await bench.call(text)
    assert.deepEqual(await caller.statuses(1), [status])
    assert.equal(await caller.end(), 'fin')
    caller.send(get('/more'))
    await aWhile()
    assert.match(caller.text, /\r\nconnection: close\r\n\r\n\{"error":.*\}$/s)
    assert.equal(caller.text.split(/HTTP\/1\.1 \d/).length, 2)
    assert.deepEqual([bench.malformed.length, bench.told.length], [1, 0])
    assert.equal(bench.connections.at(-1), 1, 'it may still be reading')
    bench.clock.advance(1_000)
    await gone()
  })
}

test('a coding that is not known leaves a body nobody can read, and the connection ends behind its answer', async () => {
  bench = await openBench(echo)
  const head = 'POST /coded HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n'
  const caller = await bench.call(head + get('/smuggled'))
  assert.deepEqual(await caller.statuses(1), ['200'])
  assert.match(caller.text, /connection: close/)
  await caller.end()
  assert.deepEqual(bench.paths(), ['/coded'])
})

test('who asks whether to go on and is answered without is let go: nobody knows what comes next', async () => {
  bench = await openBench(echo)
  const ask = post('/', 'body', 'expect: 100-continue\r\n')
  const silent = await bench.call(ask.slice(0, -4))
  assert.deepEqual(await silent.statuses(1), ['200'])
  assert.match(silent.text, /connection: close/)
  silent.send(get('/next'))
  await silent.end()
  assert.deepEqual(bench.paths(), ['/'])
})

test('who asks whether to go on and is told so may stay', async () => {
  bench = await openBench((each) => {
    each.response.writeContinue()
    each.request.read({ onData: () => undefined, onEnd: () => echo(each) })
  })
  const caller = await bench.call(post('/', 'body', 'expect: 100-continue\r\n').slice(0, -4))
  await until(() => caller.text === 'HTTP/1.1 100 Continue\r\n\r\n', 'to be told to go on')
  caller.send(`body${get('/next')}`)
  assert.deepEqual(await caller.statuses(2), ['200', '200'])
  assert.match(caller.text, /connection: keep-alive/)
})

test('an answer whose end is that of the connection is broken off by a reset: an end would say it was all', async () => {
  bench = await openBench(({ response }) => void response.write(Buffer.from('half of it')))
  const caller = await bench.call('GET / HTTP/1.0\r\n\r\n')
  await until(() => caller.text.endsWith('half of it'), 'the half')
  first().response.destroy()
  assert.equal(await caller.end(), 'reset')
  assert.deepEqual(first().closes, [false])
})

test('with the listener every answer is broken off, and by a reset where its end would say it was all', async () => {
  bench = await openBench(({ response }) => void response.write(Buffer.from('half of it')))
  const [old, chunked, idle] = [
    await bench.call('GET / HTTP/1.0\r\n\r\n'),
    await bench.call(get('/')),
    await bench.call(),
  ]
  await until(() => old.text.endsWith('it') && chunked.text.endsWith('it\r\n'), 'the halves')
  bench.listener.closeAllConnections()
  assert.deepEqual([await old.end(), await chunked.end(), await idle.end()], ['reset', 'fin', 'fin'])
  await gone()
  assert.ok(bench.told.every(({ closes }) => closes.length === 1 && closes[0] === false))
})

test('a socket file serves and breaks off as well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-'))
  try {
    bench = await openBench(({ response }) => void response.write(Buffer.from('half')), {
      path: join(folder, 's'),
    })
    const caller = await bench.call('GET / HTTP/1.0\r\n\r\n')
    await until(() => caller.text.endsWith('half'), 'the half')
    first().response.destroy()
    await caller.end()
    await gone()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('errors of the table are what a refusal says', async () => {
  bench = await openBench(later)
  const caller = await bench.call('nonsense\r\n\r\n')
  await caller.statuses(1)
  assert.ok(bench.malformed[0] instanceof WeirError)
  assert.match(caller.text, /This is not a valid HTTP\/1\.1 request\./)
  assert.doesNotMatch(caller.text, /nonsense/)
})
