// HTTP/1.1 as bytes, for tests that must see what real clients hide: framing, every header as it was spelt, every ending.
// A client that sends what it is told, and a tap that stands between gateway and backend and keeps what passes.
import assert from 'node:assert/strict'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { until } from '../../support/weir.ts'

export interface Message {
  readonly startLine: string
  /** Names in lower case, in the order in which they came. */
  readonly headers: readonly (readonly [string, string])[]
  /** Without chunk framing. */
  readonly body: Buffer
  /** Its end was announced and came. */
  readonly complete: boolean
  /** Bytes it takes, framing included. */
  readonly length: number
}

const HEAD_END = Buffer.from('\r\n\r\n')
const CRLF = Buffer.from('\r\n')

/** The first message in these bytes; undefined while its head is not whole. */
export function parseMessage(bytes: Buffer): Message | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return undefined
  const [startLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const rest = bytes.subarray(headEnd + HEAD_END.length)
  const valueOf = (name: string): string | undefined => headers.find(([each]) => each === name)?.[1]
  const framed =
    valueOf('transfer-encoding') === 'chunked'
      ? dechunk(rest)
      : takeLength(rest, Number(valueOf('content-length') ?? 0))
  return { startLine, headers, ...framed, length: headEnd + HEAD_END.length + framed.length }
}

type Framed = Pick<Message, 'body' | 'complete' | 'length'>

function takeLength(rest: Buffer, length: number): Framed {
  const body = rest.subarray(0, length)
  return { body, complete: body.length === length, length: body.length }
}

function dechunk(rest: Buffer): Framed {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf(CRLF, at)
    const size = lineEnd === -1 ? Number.NaN : Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    const end = lineEnd + CRLF.length + size + CRLF.length
    if (!(end <= rest.length)) return { body: Buffer.concat(parts), complete: false, length: rest.length }
    if (size === 0) return { body: Buffer.concat(parts), complete: true, length: end }
    parts.push(rest.subarray(lineEnd + CRLF.length, lineEnd + CRLF.length + size))
    at = end
  }
}

export interface Answer extends Message {
  readonly status: number
  header(name: string): string | undefined
}

function toAnswer(message: Message): Answer {
  return {
    ...message,
    status: Number(message.startLine.split(' ')[1]),
    header: (name) => message.headers.find(([each]) => each === name)?.[1],
  }
}

/** One connection on which a test writes what it likes. */
export class RawClient {
  readonly socket: Socket
  #bytes = Buffer.alloc(0)
  ended: 'fin' | 'reset' | undefined

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
    })
    this.socket.on('end', () => {
      this.ended ??= 'fin'
    })
    this.socket.on('error', () => {
      this.ended ??= 'reset'
    })
  }

  /** What has come and was not yet taken by `answer`. */
  get received(): Buffer {
    return this.#bytes
  }

  write(bytes: Buffer | string): void {
    this.socket.write(bytes)
  }

  /** The next answer, as soon as it is whole or the connection is over. */
  async answer(): Promise<Answer> {
    let message: Message | undefined
    await until(() => {
      message = parseMessage(this.#bytes)
      return message?.complete === true || this.ended !== undefined
    }, 'an answer')
    assert.ok(message !== undefined, `no answer, the connection ended with ${this.ended}`)
    this.#bytes = this.#bytes.subarray(message.length)
    return toAnswer(message)
  }

  /** Resolves when this text has come. */
  async sees(text: string): Promise<void> {
    await until(() => this.#bytes.includes(text), `the text ${text}`)
  }
}

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: Buffer | string
}

export function toRequestBytes({ method = 'POST', path = '/', headers = [], body = '' }: RawRequest): Buffer {
  const bytes = Buffer.from(body)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: gateway',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  if (bytes.length > 0) lines.push('Content-Type: application/json', `Content-Length: ${bytes.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}

/** Sends one request on a connection of its own and waits for its answer. */
export async function sendRaw(port: number, request: RawRequest): Promise<Answer> {
  const client = new RawClient(port)
  try {
    client.write(toRequestBytes(request))
    return await client.answer()
  } finally {
    client.socket.destroy()
  }
}

/** What passed on one request and its answer. */
export interface Passed {
  readonly request: Message
  readonly answer: Answer
}

export interface Tap {
  readonly url: string
  /** Every exchange on this path since the last call, whole or not. Nothing may be under way meanwhile. */
  take(path: string): Passed[]
  close(): Promise<void>
}

/** Listens in front of a server and keeps every byte in both directions. */
export async function startTap(targetPort: number): Promise<Tap> {
  const sockets = new Set<Socket>()
  const connections: { up: Buffer[]; down: Buffer[] }[] = []
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    const kept: { up: Buffer[]; down: Buffer[] } = { up: [], down: [] }
    connections.push(kept)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    near.on('data', (chunk) => void kept.up.push(chunk))
    far.on('data', (chunk) => void kept.down.push(chunk))
    near.pipe(far)
    far.pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: (path) =>
      connections.flatMap(({ up, down }) => {
        const requests = parseAll(Buffer.concat(up.splice(0)))
        const answers = parseAll(Buffer.concat(down.splice(0))).map(toAnswer)
        return requests.flatMap((request, index) => {
          const answer = answers[index]
          const isIt = request.startLine.split(' ')[1] === path && answer !== undefined
          return isIt ? [{ request, answer }] : []
        })
      }),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

function parseAll(bytes: Buffer): Message[] {
  const messages: Message[] = []
  for (let rest = bytes; ;) {
    const message = parseMessage(rest)
    if (message === undefined) return messages
    messages.push(message)
    rest = rest.subarray(message.length)
  }
}
