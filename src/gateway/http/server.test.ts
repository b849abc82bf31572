import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import {
  aWhile,
  Caller,
  echo,
  get,
  later,
  openBench,
  post,
  until,
  type Answer,
  type Bench,
} from './fixtures/listener-bench.ts'

let bench: Bench
afterEach(() => bench.close())

const refuse: Answer = (told) => {
  if (!told.isExcess) return echo(told)
  told.response.writeHead(503, ['connection', 'close', 'content-length', '0'])
  told.response.end()
}

describe('a listener', () => {
  it('counts its connections as they come and go', async () => {
    bench = await openBench(echo)
    const callers = [await bench.call(get('/')), await bench.call(), await bench.call('GET / HT')]
    await until(() => bench.connections.at(-1) === 3, 'all three')
    assert.deepEqual(bench.connections, [1, 2, 3])
    for (const caller of callers) caller.leave()
    await until(() => bench.connections.at(-1) === 0, 'the end of all three')
    assert.deepEqual(bench.connections, [1, 2, 3, 2, 1, 0])
  })

  it('says of every connection beyond the limit that it is one too many, and closes those far beyond without a word', async () => {
    bench = await openBench(refuse, { settings: { maxConnections: 4 } })
    const served = [await bench.call(), await bench.call(), await bench.call(), await bench.call()]
    const excess = await bench.call()
    const more = await bench.call()
    assert.equal(await more.end(), 'fin')
    assert.equal(more.text, '')
    excess.send(get('/'))
    assert.deepEqual(await excess.statuses(1), ['503'])
    assert.equal(await excess.end(), 'fin')
    for (const caller of served) caller.send(get('/'))
    for (const caller of served) assert.deepEqual(await caller.statuses(1), ['200'])
    excess.leave()
    served[0]?.leave()
    await until(() => bench.connections.at(-1) === 3, 'room')
    const next = await bench.call(get('/'))
    assert.deepEqual(await next.statuses(1), ['200'])
  })

  it('closes what brings and awaits nothing, and nothing else', async () => {
    bench = await openBench((told) => {
      if (told.request.url !== '/slow') echo(told)
    })
    const used = await bench.call(get('/'))
    await used.statuses(1)
    const idle = [used, await bench.call(), await bench.call('\r\n')]
    const [asked, within, early] = [
      await bench.call(get('/slow')),
      await bench.call('GET / HT'),
      await bench.call(post('/', 'body').slice(0, -1)),
    ]
    await early.statuses(1)
    const behind = await bench.call(get('/slow') + get('/behind'))
    await until(() => bench.told.length === 4, 'every request')
    await aWhile()
    bench.listener.closeIdleConnections()
    for (const caller of idle) await caller.end()
    await aWhile()
    for (const caller of [asked, within, early, behind]) assert.equal(caller.ended, undefined)
    for (const told of bench.told.slice(1)) if (told.request.url === '/slow') echo(told)
    await asked.statuses(1)
    await behind.statuses(2)
    within.send('TP/1.1\r\nhost: a\r\n\r\n')
    await within.statuses(1)
    early.send(`y${get('/next')}`)
    await early.statuses(2)
  })

  it('does not take a request that waits for its turn for nothing', async () => {
    let closed = false
    bench = await openBench((told) => {
      echo(told)
      // Between the answer and the turn of the next one.
      if (!closed) {
        closed = true
        queueMicrotask(() => bench.listener.closeIdleConnections())
      }
    })
    const caller = await bench.call(get('/1') + get('/2'))
    assert.deepEqual(await caller.statuses(2), ['200', '200'])
  })

  it('ends every connection when it is told to, and each answer is told once that it is over', async () => {
    bench = await openBench(later)
    const callers = [
      await bench.call(get('/')),
      await bench.call(post('/', 'body').slice(0, -1)),
      await bench.call(),
      await bench.call('GET / HT'),
      await bench.call('nonsense\r\n\r\n'),
    ]
    await until(() => bench.told.length === 2 && bench.malformed.length === 1, 'all of them')
    const isClosed = new Promise((resolve) => void bench.listener.close(resolve))
    bench.listener.closeAllConnections()
    bench.listener.closeAllConnections()
    await isClosed
    for (const caller of callers) await caller.end()
    assert.deepEqual(
      bench.told.map(({ closes }) => closes),
      [[false], [false]],
    )
    assert.equal(bench.connections.at(-1), 0)
  })

  it('looks at no clock any more once it is closed', async () => {
    bench = await openBench(echo)
    const address = { port: bench.port, host: '127.0.0.1' }
    await new Promise((resolve) => void bench.listener.close(resolve))
    bench.clock.advance(100_000)
    const late = new Caller(address)
    assert.equal(await late.end(), 'reset')
    bench = await openBench(echo)
  })
})
