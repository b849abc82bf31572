import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createManualClock, type ManualClock } from '../../core/clock.ts'
import { backendSchema } from '../config.ts'
import { BackendClient } from './client.ts'
import { Dialer } from './dial/dialer.ts'
import { startSocketBackend, type OnData, type SocketBackend } from './fixtures/socket-backend.ts'
import type { Http1Connection } from './http1/connection.ts'

interface World {
  readonly client: BackendClient
  readonly clock: ManualClock
  readonly backend: SocketBackend
}

const worlds: World[] = []
after(async () => {
  for (const { client, backend } of worlds) {
    client.close()
    await backend.close()
  }
})

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

async function startWorld(onData: OnData = (socket) => void socket.write(ANSWER)): Promise<World> {
  const clock = createManualClock()
  const backend = await startSocketBackend(onData)
  const settings = backendSchema.parse({ name: 'a', url: `http://127.0.0.1:${backend.port}` })
  const world = { client: new BackendClient(settings, new Dialer({ clock })), clock, backend }
  worlds.push(world)
  return world
}

function ask(connection: Http1Connection): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const request = { method: 'POST', path: '/', headers: [], body: Buffer.alloc(0) } as const
    connection.send(request, {
      onConnected: () => undefined,
      onHead: () => undefined,
      onBody: () => undefined,
      onEnd: () => resolve(undefined),
      onBroken: resolve,
    })
  })
}

async function use({ client, clock }: World): Promise<Http1Connection> {
  const connection = client.acquire(clock.now())
  assert.equal(await ask(connection), undefined)
  client.release(connection, clock.now())
  return connection
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1))
}

test('the connection that rested shortest is used again, and its state is counted', async () => {
  const world = await startWorld()
  const { client, clock } = world
  assert.deepEqual(client.pool(), { connected: 0, free: 0, running: 0, pending: 0 })
  const first = client.acquire(clock.now())
  const second = client.acquire(clock.now())
  assert.deepEqual(client.pool(), { connected: 0, free: 0, running: 0, pending: 2 })
  await Promise.all([ask(first), ask(second)])
  assert.deepEqual(client.pool(), { connected: 2, free: 0, running: 2, pending: 0 })
  client.release(second, clock.now())
  client.release(first, clock.now())
  assert.deepEqual(client.pool(), { connected: 2, free: 2, running: 0, pending: 0 })
  assert.equal(client.acquire(clock.now()), first)
  client.discard(first)
  assert.equal(await use(world), second)
})

test('a connection rests four seconds at most, whether or not somebody asks for it', async () => {
  const world = await startWorld()
  const { client, clock } = world
  const first = await use(world)
  clock.advance(3_999)
  assert.equal(await use(world), first)
  clock.advance(5_000)
  assert.deepEqual(client.pool(), { connected: 0, free: 0, running: 0, pending: 0 })
  assert.equal(first.isConnected, false)
  await until(() => world.backend.sockets[0]?.destroyed === true)
})

test('after a stall, in which no sweep came, a connection that rested too long is not used', async () => {
  const world = await startWorld()
  const first = await use(world)
  const late = world.client.acquire(world.clock.now() + 4_000)
  assert.notEqual(late, first)
  assert.equal(first.isConnected, false)
  world.client.discard(late)
})

test('a backend that says how long it keeps connections is heeded, up to a minute', async () => {
  const RESTS = {
    'timeout=3': 2_000,
    'timeout=5, max=100': 4_000,
    'timeout=30': 29_000,
    'timeout=9999': 60_000,
    'timeout=1': 0,
  }
  for (const [promise, restMs] of Object.entries(RESTS)) {
    const answer = ANSWER.replace('\r\n\r\n', `\r\nkeep-alive: ${promise}\r\n\r\n`)
    const world = await startWorld((socket) => void socket.write(answer))
    const first = await use(world)
    const at = (ms: number): Http1Connection => world.client.acquire(world.clock.now() + ms)
    if (restMs > 0) {
      assert.equal(at(restMs - 1), first, promise)
      assert.equal(await ask(first), undefined)
      world.client.release(first, world.clock.now())
    }
    assert.notEqual(at(restMs), first, promise)
  }
})

test('a connection that is closed or spoken on while it rests is never handed out', async () => {
  for (const disturb of ['end', 'write'] as const) {
    const world = await startWorld()
    const first = await use(world)
    world.backend.sockets[0]?.[disturb](ANSWER)
    await until(() => world.client.pool().free === 0)
    assert.notEqual(await use(world), first)
  }
})

test('a connection that cannot be used again is closed when it is given back', async () => {
  const world = await startWorld((socket) => void socket.write(ANSWER.replace('1.1', '1.0')))
  await use(world)
  assert.deepEqual(world.client.pool(), { connected: 0, free: 0, running: 0, pending: 0 })
})

test('closing ends what rests now, and what is busy when it is done', async () => {
  const world = await startWorld()
  const { client, clock } = world
  const busy = client.acquire(clock.now())
  await use(world)
  client.close()
  assert.deepEqual(client.pool(), { connected: 0, free: 0, running: 0, pending: 1 })
  assert.equal(await ask(busy), undefined)
  client.release(busy, clock.now())
  assert.deepEqual(client.pool(), { connected: 0, free: 0, running: 0, pending: 0 })
  assert.equal(busy.isConnected, false)
})

test('a burst leaves no more than 256 connections behind', async () => {
  const world = await startWorld()
  const { client, clock } = world
  const burst = Array.from({ length: 260 }, () => client.acquire(clock.now()))
  await Promise.all(burst.map(ask))
  for (const connection of burst) client.release(connection, clock.now())
  assert.equal(client.pool().free, 256)
})
