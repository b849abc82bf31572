// Requests behind each other on one connection: their order, what is held of them, and who waits for whom.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
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

test('requests that come at once are answered one after the other, in their order', async () => {
  bench = await openBench(later)
  const caller = await bench.call(get('/1') + post('/2', 'body') + get('/3'))
  for (const count of [1, 2, 3]) {
    await until(() => bench.told.length === count, `request ${count}`)
    await aWhile()
    assert.equal(bench.told.length, count, 'the next one waits for its turn')
    echo(bench.told.at(-1) as Told)
  }
  assert.deepEqual(await caller.statuses(3), ['200', '200', '200'])
  assert.deepEqual(bench.paths(), ['/1', '/2', '/3'])
  assert.match(caller.text, /\r\n\r\n\/1HTTP.*\r\n\r\n\/2HTTP.*\r\n\r\n\/3$/s)
})

test('requests that are answered at once are answered in their order too, however they are cut', async () => {
  bench = await openBench(echo)
  const caller = await bench.call()
  const all = Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0 ? get(`/${index}`) : post(`/${index}`, 'body'),
  )
  const text = all.join('')
  for (let at = 0; at < text.length; at += 37) {
    caller.send(text.slice(at, at + 37))
    await new Promise((resolve) => void setImmediate(resolve))
  }
  await caller.statuses(20)
  assert.deepEqual(
    bench.paths(),
    all.map((_, index) => `/${index}`),
  )
})

test('many small requests of one caller keep nobody else waiting', async () => {
  bench = await openBench(echo)
  const [greedy, other] = [await bench.call(), await bench.call()]
  greedy.send(get('/greedy').repeat(1_000))
  other.send(get('/other'))
  await other.statuses(1)
  assert.ok(bench.told.length < 500, `${bench.told.length} requests came before that of the other`)
  await greedy.statuses(1_000)
})

test('what comes while the next request waits for its turn comes behind it', async () => {
  // The second is answered before it is in, and what follows arrives in reads of its own while nobody reads.
  bench = await openBench((told) => {
    if (told.request.url !== '/first') echo(told)
  })
  const size = 80_000
  const caller = await bench.call(get('/first'))
  await until(() => bench.told.length === 1, 'the first')
  const socket = bench.told[0]?.request.socket
  const body = 'x'.repeat(size)
  caller.send(post('/second', body).slice(0, -10))
  await until(() => socket?.isPaused() === true, 'the end of reading')
  for (const piece of [
    'x'.repeat(10) + get('/third').slice(0, 8),
    get('/third').slice(8, 12),
    get('/third').slice(12) + get('/last'),
  ]) {
    const before = socket?.readableLength ?? 0
    caller.send(piece)
    await until(() => (socket?.readableLength ?? 0) > before, 'the piece')
  }
  echo(bench.told[0] as Told)
  assert.deepEqual(await caller.statuses(4), ['200', '200', '200', '200'])
  assert.deepEqual(bench.paths(), ['/first', '/second', '/third', '/last'])
  assert.equal(bench.malformed.length, 0)
})

test('of what comes behind a request little is held, and nothing of it is lost', async () => {
  bench = await openBench(later)
  const caller = await bench.call(get('/slow'))
  await until(() => bench.told.length === 1, 'the request')
  const { socket } = bench.told[0]?.request ?? assert.fail()
  const count = 40
  const body = 'y'.repeat(50_000)
  for (let index = 0; index < count; index += 1) caller.send(post(`/${index}`, body))
  await until(() => socket.isPaused(), 'the end of reading')
  await aWhile()
  assert.ok(socket.bytesRead < 300_000, `${socket.bytesRead} bytes were read`)
  let sizes = 0
  for (let index = 0; index <= count; index += 1) {
    await until(() => bench.told.length === index + 1, `request ${index}`)
    const each = bench.told[index] as Told
    each.request.read({ onData: (piece) => (sizes += piece.length), onEnd: () => echo(each) })
  }
  await caller.statuses(count + 1)
  assert.equal(sizes, count * body.length)
})

test('a body that nobody asks for is held up to a bound, then handed over whole', async () => {
  bench = await openBench(later)
  const body = Buffer.alloc(500_000, 'ab')
  const caller = await bench.call(post('/', body.toString('latin1')))
  await until(() => bench.told[0]?.request.socket.isPaused() === true, 'the end of reading')
  const told = bench.told[0] as Told
  assert.ok(told.request.socket.bytesRead < 300_000)
  const pieces: Buffer[] = []
  told.request.read({ onData: (piece) => void pieces.push(piece), onEnd: () => echo(told) })
  await caller.statuses(1)
  assert.ok(Buffer.concat(pieces).equals(body))
})

test('a body in pieces of one byte fills no more than its share either', async () => {
  bench = await openBench(later)
  const caller = await bench.call(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5000\r\n\r\n`)
  await until(() => bench.told.length === 1, 'the request')
  const { request } = bench.told[0] as Told
  for (let sent = 0; sent < 1_000 && !request.socket.isPaused(); sent += 1) {
    caller.send('x')
    await new Promise((resolve) => void setImmediate(resolve))
  }
  await until(() => request.socket.isPaused(), 'the end of reading')
  assert.ok(request.socket.bytesRead < 1_000)
})

test('a connection that was not read any more is read again for the next request', async () => {
  bench = await openBench(later)
  // The read that completes the body is also the one that is too much.
  const whole = post('/1', 'z'.repeat(70_000))
  const caller = await bench.call(whole.slice(0, 40_000))
  await until(() => (bench.told[0]?.request.waitingBytes ?? 0) > 39_000, 'the first half')
  caller.send(whole.slice(40_000))
  await until(() => bench.told[0]?.request.complete === true, 'the whole body')
  echo(bench.told[0] as Told)
  await caller.statuses(1)
  caller.send(get('/2'))
  await until(() => bench.told.length === 2, 'the second request')
})

test('an answer that ends while its request is being told goes before the next one', async () => {
  bench = await openBench((told) => {
    told.request.read({ onData: () => undefined, onEnd: () => echo(told) })
  })
  const caller = await bench.call(post('/1', 'a').slice(0, -1))
  await until(() => bench.told.length === 1, 'the head')
  caller.send('a' + post('/2', 'b') + get('/3'))
  assert.deepEqual(await caller.statuses(3), ['200', '200', '200'])
  assert.deepEqual(bench.paths(), ['/1', '/2', '/3'])
})

test('what is wrong with a request is said behind the answers to those before it', async () => {
  bench = await openBench(later)
  const caller = await bench.call(get('/1') + 'nonsense here\r\n\r\n')
  await until(() => bench.told.length === 1, 'the first')
  await aWhile()
  assert.equal(bench.malformed.length, 0)
  echo(bench.told[0] as Told)
  assert.deepEqual(await caller.statuses(2), ['200', '400'])
  assert.equal(bench.malformed.length, 1)
  assert.deepEqual(bench.told[0]?.closes, [true])
})

test('nothing behind the last answer of a connection is looked at', async () => {
  bench = await openBench(({ response }) => {
    response.writeHead(503, ['connection', 'close', 'content-length', '0'])
    response.end()
  })
  const caller = await bench.call(get('/1') + get('/2') + 'nonsense\r\n\r\n')
  await caller.end()
  await aWhile()
  assert.deepEqual(bench.paths(), ['/1'])
  assert.equal(bench.malformed.length, 0)
})

test('empty lines in front of a request are skipped, also behind another', async () => {
  bench = await openBench(echo)
  const caller = await bench.call(`\r\n\r\n${get('/1')}\r\n${post('/2', 'x')}\n${get('/3')}`)
  assert.deepEqual(await caller.statuses(3), ['200', '200', '200'])
})
