import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { Secret } from '../../../core/secret.ts'
import { createConnection, type Connection } from './connection.ts'
import { PROBE } from './scripts.ts'

const INFO = 'redis_version:7.2.0\r\nloading:0\r\n'
const BULK_INFO = `$${INFO.length}\r\n${INFO}\r\n`

/** Answers the little that a client asks before it is ready, and any script with 1. */
function answer(socket: Socket): void {
  socket.on('data', (bytes) => {
    for (const [, word = ''] of bytes.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
      const command = word.toUpperCase()
      socket.write(command === 'INFO' ? BULK_INFO : command.startsWith('EVAL') ? ':1\r\n' : '+OK\r\n')
    }
  })
}

async function startServer(
  context: TestContext,
  onSocket: (socket: Socket, count: number) => void,
): Promise<Server> {
  let count = 0
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined))
    onSocket(socket, (count += 1))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return server
}

function connectTo(context: TestContext, server: Server): Connection {
  const url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
  const connection = createConnection(
    { url: { secret: new Secret(url), shown: url }, timeout: 1_000, cluster: false },
    { clock: systemClock, onError: () => undefined },
  )
  context.after(() => connection.close())
  return connection
}

test('a server that answers is asked', async (context) => {
  const server = await startServer(context, answer)
  const connection = connectTo(context, server)
  await connection.ready
  assert.equal(await connection.run(PROBE, ['k'], []), 1)
})

test(
  'a connection on which nothing ever came is given up as well, and another one tried',
  { timeout: 20_000 },
  async (context) => {
    const { promise: accepted, resolve } = Promise.withResolvers<void>()
    const server = await startServer(context, (socket, count) => {
      if (count > 1) return answer(socket)
      socket.once('data', () => resolve())
    })
    const connection = connectTo(context, server)
    await accepted
    await assert.rejects(connection.run(PROBE, ['k'], []))
    connection.reconnect()
    await connection.ready
    assert.equal(await connection.run(PROBE, ['k'], []), 1)
  },
)
