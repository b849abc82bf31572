// For the simulator's own tests: a client that sees bytes and how a connection ends, which real clients hide.

import { connect, type Socket } from 'node:net'
import { createSimulator, type Simulator } from './server.ts'
import type { LedgerEntry } from './ledger.ts'
import type { ProfileInput } from './profile.ts'

const PATIENCE_MS = 5000

export interface RawAnswer {
  readonly bytes: Buffer
  /** As they arrived. */
  readonly chunks: readonly Buffer[]
  /** fin, reset: the simulator ended it so. left: this client had seen enough. */
  readonly ended: 'fin' | 'reset' | 'left'
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** Everything behind the headers, as sent. */
  readonly rest: Buffer
}

export interface RawAsk {
  readonly path?: string
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Leave as soon as this holds. */
  readonly until?: (seen: Buffer) => boolean
}

export function toRequestText(ask: RawAsk): string {
  const body = typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body)
  const head = [
    `POST ${ask.path ?? '/v1/chat/completions'} HTTP/1.1`,
    'host: simulator',
    'content-type: application/json',
  ]
  for (const [name, value] of Object.entries(ask.headers ?? {})) head.push(`${name}: ${value}`)
  return `${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function toAnswer(chunks: readonly Buffer[], ended: RawAnswer['ended']): RawAnswer {
  const bytes = Buffer.concat(chunks)
  const end = bytes.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = bytes.subarray(0, Math.max(0, end)).toString('latin1').split('\r\n')
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const rest = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4)
  return { bytes, chunks, ended, status: Number(statusLine.split(' ')[1] ?? 0), headers, rest }
}

/** Sends one request on a connection of its own and watches until it ends, or `until` holds. */
export function askRaw(port: number, ask: RawAsk): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`nothing ended this: ${Buffer.concat(chunks).toString('utf8').slice(0, 500)}`))
    }, PATIENCE_MS)
    const finish = (ended: RawAnswer['ended']): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(toAnswer(chunks, ended))
    }
    socket.once('connect', () => socket.write(toRequestText(ask)))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      if (ask.until?.(Buffer.concat(chunks)) === true) finish('left')
    })
    socket.once('end', () => finish('fin'))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') finish('reset')
      else {
        clearTimeout(timer)
        reject(error)
      }
    })
  })
}

/** Opens a connection and sends a request; what happens then is the test's. */
export function openRaw(port: number, ask: RawAsk): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => undefined)
      socket.write(toRequestText(ask), () => resolve(socket))
    })
  })
}

/** Takes chunked framing off; `complete` says whether the last, empty chunk came. */
export function dechunk(rest: Buffer): { body: Buffer; complete: boolean } {
  const parts: Buffer[] = []
  let at = 0
  while (at < rest.length) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) break
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16)
    if (size === 0) return { body: Buffer.concat(parts), complete: true }
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  return { body: Buffer.concat(parts), complete: false }
}

/** The JSON of each `data:` line of an event stream, without [DONE]. */
export function readEvents(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice('data: '.length)) as Record<string, unknown>)
}

/** Waits for something that is about to be true. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > until) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** The only entry of the ledger, once it has ended. */
export async function lastEntry(simulator: Simulator): Promise<LedgerEntry> {
  await eventually(() => simulator.ledger.entries.at(-1)?.ended !== undefined, 'the ledger entry ends')
  const entry = simulator.ledger.entries.at(-1)
  if (entry === undefined) throw new Error('the ledger is empty')
  return entry
}

/** Runs a test against a simulator of its own and closes it, whatever happens. */
export async function withSimulator(
  profile: ProfileInput,
  run: (simulator: Simulator, where: { url: string; port: number }) => Promise<void>,
): Promise<void> {
  const simulator = createSimulator(profile)
  const { url, port } = await simulator.listen()
  try {
    await run(simulator, { url, port })
  } finally {
    await simulator.close()
  }
}

export function toChat(model: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { model, messages: [{ role: 'user', content: 'tell me about the river' }], ...more }
}
