// Stands on the wire between the gateway and a backend and remembers what passed, so that a test can compare bytes.
// It changes nothing: data, a close and a reset go through as they came, and it can stop listening as a dead server does.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createHeadReader } from './tapped-heads.ts'
import { nowMs, parseAnswers, type WireAnswer } from './wire.ts'

export interface Tap {
  readonly url: string
  readonly port: number
  /** What the backend answered, by the `x-request-id` it was asked with, in the order of the asking. */
  answers(): ReadonlyMap<string, readonly WireAnswer[]>
  /** What was heard of one id, in the order of the asking. */
  heardOf(id: string): readonly Heard[]
  /** Keeps the times of what was heard of one id and forgets its bytes: a long run would fill the memory. */
  forgetBytes(id: string): void
  ids(): Iterable<string>
  /** The backend has moved to another port: new connections go there. */
  retarget(port: number): void
  /** Refuses new connections from now on. */
  hangUp(): Promise<void>
  pickUp(): Promise<void>
  close(): Promise<void>
}

/** One request that the gateway sent, and what came back. */
export interface Heard {
  /** When its head was whole; since the epoch, with fractions. */
  readonly startedAtMs: number
  /** When the first byte of an answer came. */
  readonly firstByteAtMs: number | undefined
  /** Undefined when nothing came, or when its bytes were forgotten. */
  readonly answer: WireAnswer | undefined
}

/** As it grows. */
interface Hearing {
  readonly line: Line
  readonly startedAtMs: number
  firstByteAtMs: number | undefined
  chunks: Buffer[]
}

/** One connection. What comes back belongs to the request that was sent last: nobody here pipelines. */
interface Line {
  current: Hearing | undefined
  ended: boolean
}

export async function startTap(targetPort: number): Promise<Tap> {
  const hearings = new Map<string, Hearing[]>()
  const sockets = new Set<Socket>()
  let target = targetPort
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    const line: Line = { current: undefined, ended: false }
    const read = createHeadReader((id) => {
      line.current = { line, startedAtMs: nowMs(), firstByteAtMs: undefined, chunks: [] }
      if (id !== undefined) hearings.set(id, [...(hearings.get(id) ?? []), line.current])
    })
    pass(near, far, read)
    pass(far, near, (chunk) => note(line.current, chunk))
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
    answers: () =>
      new Map([...hearings].map(([id, heard]) => [id, heard.flatMap((each) => toHeard(each).answer ?? [])])),
    heardOf: (id) => (hearings.get(id) ?? []).map(toHeard),
    forgetBytes(id) {
      for (const hearing of hearings.get(id) ?? []) hearing.chunks = FORGOTTEN
    },
    ids: () => hearings.keys(),
    retarget(next) {
      target = next
    },
    hangUp: () => shut(server),
    pickUp: () => open(server, port),
    async close() {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await shut(server)
    },
  }
}

const FORGOTTEN: Buffer[] = []

function note(hearing: Hearing | undefined, chunk: Buffer): void {
  if (hearing === undefined || hearing.chunks === FORGOTTEN) return
  hearing.firstByteAtMs ??= nowMs()
  hearing.chunks.push(chunk)
}

function toHeard({ line, startedAtMs, firstByteAtMs, chunks }: Hearing): Heard {
  const [answer] = parseAnswers(Buffer.concat(chunks), { ended: line.ended })
  return { startedAtMs, firstByteAtMs, answer }
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
