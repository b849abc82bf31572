// A backend that is nothing but a socket: it answers each request with whatever bytes the test wants, well-formed or not.
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface RawBackend {
  readonly url: string
  /** Connections accepted so far. */
  readonly connections: number
  close(): Promise<void>
}

const HEAD_END = '\r\n\r\n'

/** `answer` is called once for each request that has come in whole; requests for the list of models get an empty one. */
export async function startRawBackend(answer: (socket: Socket, head: string) => void): Promise<RawBackend> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    let held = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk])
      for (let head = headOf(held); head !== undefined; head = headOf(held)) {
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        const end = head.length + HEAD_END.length + length
        if (held.length < end) return
        held = held.subarray(end)
        if (head.startsWith('POST')) answer(socket, head)
        else socket.write(toAnswer('{"object":"list","data":[]}'))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return connections
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function headOf(held: Buffer): string | undefined {
  const end = held.indexOf(HEAD_END)
  return end === -1 ? undefined : held.toString('latin1', 0, end)
}

export function toAnswer(body: string, type = 'application/json'): string {
  const length = Buffer.byteLength(body)
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${body}`
}

/** Writes as fast as it is read until it is closed or this many bytes are written. Returns how many were. */
export async function pour(socket: Socket, piece: Buffer, most: number): Promise<number> {
  let poured = 0
  while (poured < most && !socket.destroyed) {
    poured += piece.length
    if (socket.write(piece)) continue
    await new Promise<void>((resolve) => {
      const go = (): void => {
        socket.off('drain', go)
        socket.off('close', go)
        resolve()
      }
      socket.once('drain', go)
      socket.once('close', go)
    })
  }
  return poured
}
