// Connections that were answered while their request is still coming in: the rest of it is read and thrown away for a while.
// Closing at once would reset the connection, and the caller would never see why (RFC 9112 9.6).
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../../core/clock.ts'

const LINGER_MS = 2_000

export class Lingering {
  readonly #clock: Clock
  readonly #sockets = new Set<Socket>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(socket: Socket): boolean {
    return this.#sockets.has(socket)
  }

  /** Reads on, and closes the connection of a request that does not end in time. */
  add(request: IncomingMessage): void {
    const { socket } = request
    const stop = this.#clock.after(LINGER_MS, () => socket.destroy())
    this.#sockets.add(socket)
    // Behind the last answer of a connection Node closes both directions at once: here only ours, until the request is over.
    socket.destroySoon = () => void socket.end()
    request.once('close', () => {
      this.#sockets.delete(socket)
      stop()
      Reflect.deleteProperty(socket, 'destroySoon')
      if (socket.writableEnded) socket.destroySoon()
    })
    request.resume()
  }
}
