// The clocks of a connection: for a head, for a whole request, at rest. Nothing here waits for real time.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import {
  aWhile,
  echo,
  get,
  openBench,
  post,
  until,
  type Bench,
  type Caller,
} from '../fixtures/listener-bench.ts'

let bench: Bench
afterEach(() => bench.close())

const SETTINGS = { headerTimeout: '10s', bodyTimeout: '60s', keepAlive: '65s' }

/** Lets so much time pass, and the connection answer. */
async function pass(ms: number): Promise<void> {
  await aWhile()
  bench.clock.advance(ms)
  await aWhile()
}

async function isOpen(caller: Caller): Promise<boolean> {
  await aWhile()
  return caller.ended === undefined
}

test('a connection on which nothing is said has the time of a head', async () => {
  bench = await openBench(echo, { settings: SETTINGS })
  const caller = await bench.call()
  await pass(9_000)
  assert.ok(await isOpen(caller))
  await pass(2_000)
  assert.deepEqual(await caller.statuses(1), ['408'])
  assert.equal(await caller.end(), 'fin')
  assert.deepEqual(
    bench.malformed.map(({ status }) => status),
    [408],
  )
})

test('a head that comes drop by drop has its time and no more, also behind other requests', async () => {
  bench = await openBench(echo, { settings: SETTINGS })
  const caller = await bench.call(get('/1'))
  await caller.statuses(1)
  await pass(60_000)
  caller.send('GET /2 HTTP/1.1\r\n')
  for (let sent = 0; sent < 9; sent += 1) {
    await pass(1_000)
    caller.send(`x-${sent}: y\r\n`)
  }
  assert.ok(await isOpen(caller), 'the clock began with its first byte')
  await pass(2_000)
  assert.deepEqual(await caller.statuses(2), ['200', '408'])
})

test('empty lines are no head, and keep no connection', async () => {
  bench = await openBench(echo, { settings: SETTINGS })
  const [fresh, used] = [await bench.call(), await bench.call(get('/'))]
  await used.statuses(1)
  for (let sent = 0; sent < 11; sent += 1) {
    fresh.send('\r\n')
    used.send('\r\n')
    await pass(1_000)
  }
  assert.deepEqual(await fresh.statuses(1), ['408'])
  await pass(56_000)
  assert.equal(await used.end(), 'fin')
  assert.deepEqual(await used.statuses(1), ['200'], 'nothing is said to who asks nothing')
})

test('a request has the time of a whole one, head and body together, and whoever reads it is told', async () => {
  bench = await openBench(() => undefined, {
    settings: SETTINGS,
    onBroken(error, each) {
      each?.response.writeHead(error.status, ['content-length', '0'])
      each?.response.end()
      return true
    },
  })
  const caller = await bench.call('POST / HTTP/1.1\r\n')
  await pass(9_000)
  caller.send('host: a\r\ncontent-length: 1000\r\n\r\n')
  for (let sent = 0; sent < 5; sent += 1) {
    await pass(10_000)
    caller.send('x')
  }
  assert.ok(await isOpen(caller))
  assert.equal(bench.broken.length, 0)
  await pass(2_000)
  assert.deepEqual(await caller.statuses(1), ['408'])
  assert.match(caller.text, /connection: close/)
  assert.deepEqual(bench.told[0]?.closes, [true])
  await pass(5_000)
  assert.equal(bench.broken.length, 1)
  assert.equal(bench.connections.at(-1), 0)
})

test('a request that is in may take for ever to answer', async () => {
  bench = await openBench(() => undefined, { settings: SETTINGS })
  const caller = await bench.call(post('/', 'body'))
  await until(() => bench.told.length === 1, 'the request')
  await pass(86_400_000)
  assert.ok(await isOpen(caller))
  const [each] = bench.told
  assert.ok(each !== undefined)
  echo(each)
  assert.deepEqual(await caller.statuses(1), ['200'])
})

test('a connection at rest is closed a second after what was promised, without a word', async () => {
  bench = await openBench(echo, { settings: SETTINGS })
  const caller = await bench.call(get('/1'))
  await caller.statuses(1)
  assert.match(caller.text, /keep-alive: timeout=65\r\n/)
  await pass(65_500)
  caller.send(get('/2'))
  await caller.statuses(2)
  await pass(65_500)
  assert.ok(await isOpen(caller), 'it rests since the last answer')
  await pass(1_500)
  assert.equal(await caller.end(), 'fin')
  assert.deepEqual(await caller.statuses(2), ['200', '200'])
  assert.equal(bench.malformed.length, 0)
})

test('what comes while a connection is being closed is not looked at, and may be sent again', async () => {
  bench = await openBench(echo, { settings: SETTINGS })
  const caller = await bench.call(get('/1'))
  await caller.statuses(1)
  await aWhile()
  const { socket } = bench.told[0]?.request ?? assert.fail()
  bench.clock.advance(67_000)
  socket.emit('data', Buffer.from(get('/2')))
  await caller.end()
  assert.deepEqual(
    bench.told.map(({ request }) => request.url),
    ['/1'],
  )
})

test('a connection that was destroyed and has not said so yet is not refused as well', async () => {
  bench = await openBench(echo, { settings: SETTINGS })
  const caller = await bench.call('GET / HT')
  const socket = await new Promise<{ destroy(): unknown }>((resolve) => {
    bench.listener.once('connection', resolve)
    void bench.call('GET / HT')
  })
  await aWhile()
  socket.destroy()
  bench.clock.advance(11_000)
  await aWhile()
  assert.equal(bench.malformed.length, 1, 'the other one')
  caller.leave()
})
