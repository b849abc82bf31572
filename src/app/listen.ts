// Opening and closing listeners, with an error a person can act on.
import { lstatSync, unlinkSync } from 'node:fs'
import { connect, type AddressInfo, type Server } from 'node:net'
import { printListenAddress, type ListenAddress } from '../config/fields.ts'
import type { Clock } from '../core/clock.ts'

/** A server that can end its connections. */
export interface Closable extends Server {
  closeIdleConnections(): void
  closeAllConnections(): void
}

/** A listener that could not be opened; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** Who usually owns a port that people also give to us. */
const USUAL_OWNERS: Readonly<Record<number, string>> = {
  9090: 'Prometheus',
  9093: 'Alertmanager',
  9100: 'node_exporter',
  9400: 'the DCGM exporter',
  3000: 'Grafana',
  3100: 'Loki',
  8080: 'a reverse proxy',
  8000: 'vLLM',
  11434: 'Ollama',
}

/** Resolves with the address as it was really opened, the port included when 0 was asked for. */
export async function listen(server: Server, address: ListenAddress): Promise<ListenAddress> {
  if (address.kind === 'unix' && !(await isAnswered(address.path))) removeStaleSocket(address.path)
  return new Promise((resolve, reject) => {
    const onError = (thrown: NodeJS.ErrnoException): void => reject(toListenError(thrown, address))
    server.once('error', onError)
    const onListening = (): void => {
      server.removeListener('error', onError)
      resolve(opened(server, address))
    }
    if (address.kind === 'tcp') server.listen({ port: address.port, host: address.host }, onListening)
    else server.listen({ path: address.path }, onListening)
  })
}

/** For last bytes on their way. Who does not read them by then would keep the process alive for ever. */
const CONNECTION_GRACE_MS = 500

/** Stops accepting and ends idle connections, the others after a moment; resolves when the last one is gone. */
export function closeServer(server: Closable, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const stopTimer = clock.after(CONNECTION_GRACE_MS, () => server.closeAllConnections())
    server.close(() => {
      stopTimer()
      resolve()
    })
    server.closeIdleConnections()
  })
}

function opened(server: Server, address: ListenAddress): ListenAddress {
  if (address.kind === 'unix') return address
  return { ...address, port: (server.address() as AddressInfo).port }
}

/** A socket file that is left behind by a process that was killed would block its successor. Nothing else is removed. */
function removeStaleSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path)
}

/** Whether somebody listens on a socket file: taking its name away would cut a running gateway off in silence. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function toListenError(thrown: NodeJS.ErrnoException, address: ListenAddress): ListenError {
  const where = printListenAddress(address)
  const owner = address.kind === 'tcp' ? USUAL_OWNERS[address.port] : undefined
  switch (thrown.code) {
    case 'EADDRINUSE':
      return new ListenError(
        `${where} is already taken${owner === undefined ? '' : ` (this port usually belongs to ${owner})`}: ` +
          'stop what listens there, or choose another port.',
      )
    case 'EACCES':
      return new ListenError(
        `${where} may not be opened by this user: ` +
          (address.kind === 'unix'
            ? 'the folder of the socket must be writable.'
            : 'ports below 1024 need the right to bind them.'),
      )
    case 'EADDRNOTAVAIL':
      return new ListenError(`${where} is not an address of this machine.`)
    default:
      return new ListenError(`${where} cannot be opened: ${thrown.message}`)
  }
}
