// Stands on the wire between the gateway and a backend and remembers what passed, so that a test can compare bytes.
// It changes nothing: data, a close and a reset go through as they came, and it can stop listening as a dead server does.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { parseAnswers, type WireAnswer } from './wire.ts'

export interface Tap {
  readonly url: string
  readonly port: number
  /** What the backend answered, by the `x-request-id` it was asked with, in the order of the asking. */
  answers(): ReadonlyMap<string, readonly WireAnswer[]>
  /** Refuses new connections from now on. */
  hangUp(): Promise<void>
  pickUp(): Promise<void>
  close(): Promise<void>
}

interface Line {
  readonly asked: Buffer[]
  readonly answered: Buffer[]
  ended: boolean
}

export async function startTap(targetPort: number): Promise<Tap> {
  const lines: Line[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    const line: Line = { asked: [], answered: [], ended: false }
    lines.push(line)
    pass(near, far, (chunk) => line.asked.push(chunk))
    pass(far, near, (chunk) => line.answered.push(chunk))
    far.once('end', () => (line.ended = true))
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
  })
  await open(server, 0)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    answers: () => readLines(lines),
    hangUp: () => shut(server),
    pickUp: () => open(server, port),
    async close() {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await shut(server)
    },
  }
}

function pass(from: Socket, to: Socket, remember: (chunk: Buffer) => void): void {
  from.on('data', (chunk) => {
    remember(chunk)
    if (to.write(chunk)) return
    from.pause()
    to.once('drain', () => from.resume())
  })
  from.once('end', () => to.end())
  // Node cannot reset what is shutting down or connecting: the socket's file would stay open.
  from.once('error', () => (to.writableEnded || to.connecting ? to.destroy() : to.resetAndDestroy()))
  from.once('close', () => to.destroySoon())
}

function open(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** The listener closes at once; connections that are open live on. */
function shut(server: Server): Promise<void> {
  server.close()
  return Promise.resolve()
}

function readLines(lines: readonly Line[]): Map<string, WireAnswer[]> {
  const found = new Map<string, WireAnswer[]>()
  for (const { asked, answered, ended } of lines) {
    const answers = parseAnswers(Buffer.concat(answered), { ended })
    for (const [index, id] of readIds(Buffer.concat(asked)).entries()) {
      const answer = answers[index]
      if (id === undefined) continue
      const known = found.get(id) ?? []
      found.set(id, answer === undefined ? known : [...known, answer])
    }
  }
  return found
}

/** One entry for each request of a connection; the gateway frames them all by their length. */
function readIds(bytes: Buffer): (string | undefined)[] {
  const ids: (string | undefined)[] = []
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at)
    if (headEnd === -1) break
    const head = bytes.toString('latin1', at, headEnd)
    ids.push(/\r\nx-request-id: (\S+)/i.exec(head)?.[1])
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    at = headEnd + '\r\n\r\n'.length + length
  }
  return ids
}
