// The listener: node:http with limits tight enough for hostile clients, and an answer for what is not even HTTP.
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { WeirError } from '../../core/errors.ts'
import type { ServerSettings } from '../config.ts'
import { toOpenAiErrorBody } from '../dialects/errors.ts'

export interface ListenerHandlers {
  /** `isExcess`: its connection is one more than may be served. */
  onRequest(request: IncomingMessage, response: ServerResponse, isExcess: boolean): void
  /** Bytes that never became a request. */
  onMalformed(error: WeirError): void
  onConnections(count: number): void
  /** A request cannot be read to its end. Returns whether this connection was bringing one, which then answers for itself. */
  onBroken(socket: Socket, error: WeirError): boolean
  isBusy(socket: Socket): boolean
  /** The caller will send no more, and waits for an answer or has left. */
  onHalfClosed(socket: Socket): void
}

/** How often Node looks for connections that are over their time: its default of 30 s would double every limit. */
const CONNECTIONS_CHECK_MS = 1_000

export function createListener(settings: ServerSettings, handlers: ListenerHandlers): Server {
  const server = createServer({
    maxHeaderSize: settings.maxHeader,
    headersTimeout: settings.headerTimeout,
    requestTimeout: settings.bodyTimeout,
    keepAliveTimeout: settings.keepAlive,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    noDelay: true,
    keepAlive: true,
    // Checked with the rest of the head: Node's own refusal has no body and leaves no record.
    requireHostHeader: false,
  })
  const excess = new Set<Socket>()
  server.maxConnections = settings.maxConnections + mostRefused(settings.maxConnections)
  // Not in Node's types: without it a connection is closed as soon as its caller has closed one side.
  Object.assign(server, { httpAllowHalfOpen: settings.halfClose === 'serve' })
  // Node would hide headers beyond the thousandth from us; how large the head may be is bounded already.
  server.maxHeadersCount = 0
  const handle = (request: IncomingMessage, response: ServerResponse): void =>
    handlers.onRequest(request, response, excess.size > 0 && excess.has(request.socket))
  server.on('request', handle)
  // A refusal must come before `100 Continue` invites the body.
  server.on('checkContinue', handle)
  server.on('checkExpectation', handle)
  server.on('connect', (_: IncomingMessage, socket: Socket) => {
    const error = new WeirError('invalid_request', {
      status: 405,
      message: 'This is not a proxy for tunnels.',
    })
    handlers.onMalformed(error)
    socket.on('error', () => undefined)
    socket.write(toRefusal(error))
    socket.destroySoon()
  })
  server.on('clientError', (thrown: NodeJS.ErrnoException, socket) => {
    refuse(thrown, socket as Socket, handlers)
  })
  let connections = 0
  server.on('connection', (socket: Socket) => {
    handlers.onConnections((connections += 1))
    if (connections > settings.maxConnections) excess.add(socket)
    socket.once('close', () => {
      excess.delete(socket)
      handlers.onConnections((connections -= 1))
    })
    // Node's own listener came first and has ended what had no request in flight.
    socket.once('end', () => {
      if (!socket.writableEnded) handlers.onHalfClosed(socket)
    })
  })
  return server
}

/** So many connections more are held as long as it takes to say no to them; beyond these they are closed without a word. */
const MOST_REFUSED = 256
const REFUSED_RATIO = 0.25

function mostRefused(maxConnections: number): number {
  return Math.min(MOST_REFUSED, Math.ceil(maxConnections * REFUSED_RATIO))
}

function refuse(thrown: NodeJS.ErrnoException, socket: Socket, handlers: ListenerHandlers): void {
  if (GONE.has(thrown.code ?? '') || !socket.writable) {
    socket.destroy()
    return
  }
  const error = toHeadError(thrown)
  if (handlers.onBroken(socket, error)) return
  if (handlers.isBusy(socket)) {
    socket.destroy()
    return
  }
  handlers.onMalformed(error)
  socket.end(toRefusal(error))
  // A client that keeps its own side open would keep the connection: Node watches it no longer.
  socket.setTimeout(REFUSED_LINGER_MS, () => socket.destroy())
}

const REFUSED_LINGER_MS = 1_000

/** The caller left, at once or in the middle of its body. */
const GONE = new Set(['ECONNRESET', 'HPE_INVALID_EOF_STATE'])

function toRefusal(error: WeirError): string {
  const body = toOpenAiErrorBody(error)
  return (
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
}

function toHeadError(thrown: NodeJS.ErrnoException): WeirError {
  switch (thrown.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new WeirError('header_too_large')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new WeirError('invalid_request', {
        status: 408,
        message: 'The request took too long to arrive.',
      })
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new WeirError('request_too_large')
    default:
      return new WeirError('invalid_request', {
        message: 'This is not a valid HTTP/1.1 request.',
        cause: thrown,
      })
  }
}
