// A model server that costs as little as a process can: it reads just enough of a request to know which prepared bytes to write.
// Own sockets instead of node:http, so that the stub is not what limits the proxy. It is no simulator: no faults, no clocks, one model.
import net from 'node:net'
import { parseArgs } from 'node:util'
import {
  ANSWER,
  LENGTH_REQUIRED,
  MODEL_LIST,
  STREAM_END,
  STREAM_END_WITH_USAGE,
  STREAM_HEAD,
  TOKEN_EVENT,
} from './messages.ts'

export interface StubSettings {
  /** Token events of one stream. */
  readonly events: number
  /** Between two events of one stream. */
  readonly intervalMs: number
  /** From the request to the first event; 0: in the same write as the answer's head. */
  readonly firstMs: number
}

interface OpenStream {
  readonly socket: net.Socket
  readonly end: Buffer
  dueMs: number
  left: number
}

const HEAD_END = Buffer.from('\r\n\r\n')
const STREAM_FLAG = Buffer.from('"stream":true')
const USAGE_FLAG = Buffer.from('"include_usage":true')
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i
const HEAD_AND_TOKEN = Buffer.concat([STREAM_HEAD, TOKEN_EVENT])

/** Finer than the smallest interval in use (5 ms); as fine as Node's timers get. */
const TICK_MS = 1
/** Fractional parts of its multiples are spread evenly: streams that start together do not stay in step. */
const GOLDEN_RATIO = 0.618_033_988_749_895

let settings: StubSettings = { events: 20, intervalMs: 5, firstMs: 0 }
const streams: OpenStream[] = []
let ticker: NodeJS.Timeout | undefined
let started = 0

function openStream(socket: net.Socket, withUsage: boolean): void {
  const { events, intervalMs, firstMs } = settings
  const nowMs = performance.now()
  const stream: OpenStream = {
    socket,
    end: withUsage ? STREAM_END_WITH_USAGE : STREAM_END,
    dueMs: nowMs + firstMs,
    left: events,
  }
  if (firstMs === 0) {
    socket.write(HEAD_AND_TOKEN)
    started += 1
    stream.left -= 1
    stream.dueMs = nowMs + intervalMs * (0.5 + ((started * GOLDEN_RATIO) % 1))
  } else {
    socket.write(STREAM_HEAD)
  }
  streams.push(stream)
  ticker ??= setInterval(tick, TICK_MS)
}

function tick(): void {
  const nowMs = performance.now()
  let kept = 0
  for (const stream of streams) {
    if (stream.socket.destroyed) continue
    if (stream.dueMs <= nowMs && !advance(stream, nowMs)) continue
    streams[kept] = stream
    kept += 1
  }
  streams.length = kept
  if (kept > 0 || ticker === undefined) return
  clearInterval(ticker)
  ticker = undefined
}

/** False once the stream is over. A late event is sent once, not made up for: a burst would be another measurement. */
function advance(stream: OpenStream, nowMs: number): boolean {
  if (stream.left === 0) {
    stream.socket.write(stream.end)
    return false
  }
  stream.socket.write(TOKEN_EVENT)
  stream.left -= 1
  stream.dueMs = Math.max(stream.dueMs + settings.intervalMs, nowMs)
  return true
}

/** Answers the request at the start of `bytes`; returns how many bytes it had, 0 while it is incomplete. */
function answer(socket: net.Socket, bytes: Buffer): number {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd === -1) return 0
  if (bytes[0] !== 0x50 /* P of POST */) {
    socket.write(MODEL_LIST)
    return headEnd + HEAD_END.length
  }
  const length = CONTENT_LENGTH.exec(bytes.toString('latin1', 0, headEnd))?.[1]
  if (length === undefined) {
    socket.end(LENGTH_REQUIRED)
    return bytes.length
  }
  const end = headEnd + HEAD_END.length + Number(length)
  if (bytes.length < end) return 0
  const body = bytes.subarray(headEnd, end)
  if (body.includes(STREAM_FLAG)) openStream(socket, body.includes(USAGE_FLAG))
  else socket.write(ANSWER)
  return end
}

function onSocket(socket: net.Socket): void {
  let pending: Buffer | undefined
  socket.on('data', (chunk: Buffer) => {
    let bytes = pending === undefined ? chunk : Buffer.concat([pending, chunk])
    for (let used = answer(socket, bytes); used > 0; used = answer(socket, bytes)) {
      bytes = bytes.subarray(used)
      if (bytes.length === 0) break
    }
    pending = bytes.length === 0 ? undefined : bytes
  })
  // Callers that leave in the middle are part of every measurement with streams.
  socket.on('error', () => socket.destroy())
}

function main(): void {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      events: { type: 'string', default: '20' },
      interval: { type: 'string', default: '5' },
      first: { type: 'string', default: '0' },
    },
  })
  settings = {
    events: Number(values.events),
    intervalMs: Number(values.interval),
    firstMs: Number(values.first),
  }
  process.on('message', (message: StubSettings) => {
    settings = message
    process.send?.('configured')
  })
  process.on('disconnect', () => process.exit())
  const server = net.createServer({ noDelay: true }, onSocket)
  server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 2_048 }, () => {
    const address = server.address() as net.AddressInfo
    process.stdout.write(`stub started on 127.0.0.1:${address.port}\n`)
  })
}

main()
