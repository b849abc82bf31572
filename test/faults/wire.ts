// A caller that sees bytes: what exactly was answered, whether its framing was whole, and how the connection ended.
// Client libraries hide all three. It judges nothing and knows no dialect.
import { connect, type Socket } from 'node:net'

export interface WireAnswer {
  readonly status: number
  /** Lower-case names; a name that came twice has its values joined by `, `. */
  readonly headers: ReadonlyMap<string, string>
  /** Without chunk framing. */
  readonly body: Buffer
  /** The head was whole and the body as long as its framing promised. */
  readonly whole: boolean
}

export interface Conversation {
  readonly answers: readonly WireAnswer[]
  readonly bytes: Buffer
  /** fin, reset: the other side ended it so. left: this side had seen enough, or its patience ended. */
  readonly ended: 'fin' | 'reset' | 'left'
  readonly tookMs: number
  /** Since the epoch, with fractions; undefined when nothing came. */
  readonly firstByteAtMs: number | undefined
}

export interface TalkOptions {
  /** Leave as soon as this holds. */
  readonly until?: (bytes: Buffer) => boolean
  /** Leave after this, whatever came. */
  readonly patienceMs?: number
  /** What else to do with the connection once it is open. */
  readonly drive?: (socket: Socket) => void
  /** The answers are to HEAD: they have no body. */
  readonly head?: boolean
}

/** Since the epoch, with fractions: comparable between processes of one machine. */
export const nowMs = (): number => performance.timeOrigin + performance.now()

const PATIENCE_MS = 10_000
const HEAD_END = '\r\n\r\n'

/** Sends these bytes on a connection of their own and watches what comes. */
export function talk(port: number, bytes: string | Buffer, options: TalkOptions = {}): Promise<Conversation> {
  return new Promise((resolve) => {
    const startMs = performance.now()
    const chunks: Buffer[] = []
    let firstByteAtMs: number | undefined
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const finish = (ended: Conversation['ended']): void => {
      clearTimeout(timer)
      socket.destroy()
      const all = Buffer.concat(chunks)
      const answers = parseAnswers(all, { head: options.head === true, ended: ended === 'fin' })
      resolve({ answers, bytes: all, ended, tookMs: performance.now() - startMs, firstByteAtMs })
    }
    const timer = setTimeout(() => finish('left'), options.patienceMs ?? PATIENCE_MS)
    socket.once('connect', () => {
      if (bytes.length > 0) socket.write(bytes)
      options.drive?.(socket)
    })
    socket.on('data', (chunk) => {
      firstByteAtMs ??= nowMs()
      chunks.push(chunk)
      if (options.until?.(Buffer.concat(chunks)) === true) finish('left')
    })
    socket.once('end', () => finish('fin'))
    // EPIPE and ECONNRESET are the other side's doing; a refused connection counts as one that was reset.
    socket.once('error', () => finish('reset'))
    // Whoever drives the connection may have left.
    socket.once('close', () => finish('left'))
  })
}

export interface Ask {
  readonly method?: string
  readonly path: string
  readonly body?: string | Buffer | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** An ordinary request, framed by its length. */
export function toRequest({ method = 'POST', path, body = '', headers = {} }: Ask): Buffer {
  const bytes = Buffer.from(body)
  const head = [`${method} ${path} HTTP/1.1`, 'host: gateway']
  if (bytes.length > 0) head.push('content-type: application/json', `content-length: ${bytes.length}`)
  for (const [name, value] of Object.entries(headers)) head.push(`${name}: ${value}`)
  return Buffer.concat([Buffer.from(head.join('\r\n') + HEAD_END), bytes])
}

/** Every answer in the order it came. `ended` says that the connection closed properly, which may be a body's end. */
export function parseAnswers(
  bytes: Buffer,
  { head = false, ended = false }: { head?: boolean; ended?: boolean } = {},
): WireAnswer[] {
  const answers: WireAnswer[] = []
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf(HEAD_END, at)
    if (headEnd === -1) {
      answers.push({ status: 0, headers: new Map(), body: bytes.subarray(at), whole: false })
      break
    }
    const { status, headers } = parseHead(bytes.toString('latin1', at, headEnd))
    const start = headEnd + HEAD_END.length
    const bodyless = head || status < 200 || status === 204 || status === 304
    const read = bodyless
      ? { body: EMPTY, end: start, whole: true }
      : readBody(bytes.subarray(start), headers, ended)
    answers.push({ status, headers, body: read.body, whole: read.whole })
    at = bodyless ? start : start + read.end
  }
  return answers
}

const EMPTY = Buffer.alloc(0)

function parseHead(text: string): { status: number; headers: Map<string, string> } {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers }
}

interface ReadBody {
  readonly body: Buffer
  readonly end: number
  readonly whole: boolean
}

function readBody(bytes: Buffer, headers: ReadonlyMap<string, string>, ended: boolean): ReadBody {
  if (headers.get('transfer-encoding')?.includes('chunked') === true) return readChunks(bytes)
  const length = headers.get('content-length')
  if (length === undefined) return { body: bytes, end: bytes.length, whole: ended }
  const end = Math.min(Number(length), bytes.length)
  return { body: bytes.subarray(0, end), end, whole: end === Number(length) }
}

function readChunks(bytes: Buffer): ReadBody {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = lineEnd === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(size)) return { body: Buffer.concat(chunks), end: bytes.length, whole: false }
    const start = lineEnd + 2
    chunks.push(bytes.subarray(start, start + size))
    at = start + size + 2
    if (size === 0) return { body: Buffer.concat(chunks), end: at, whole: at <= bytes.length }
    if (at > bytes.length) return { body: Buffer.concat(chunks), end: bytes.length, whole: false }
  }
}
