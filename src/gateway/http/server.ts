// The listener: takes connections in, counts them, and ends those that are over their time. What is said on them is
// caller/connection.ts.
import { Server, type Socket } from 'node:net'
import type { CancelTimer, Clock } from '../../core/clock.ts'
import type { ServerSettings } from '../config.ts'
import { Roster } from '../roster.ts'
import { CallerConnection } from './caller/connection.ts'
import type { ConnectionHandlers } from './caller/connection-input.ts'
import { HeadEnd } from './caller/head-end.ts'

export interface ListenerHandlers extends ConnectionHandlers {
  onConnections(count: number): void
}

/** How often connections that are over their time are looked for. */
const CHECK_EVERY_MS = 1_000

/** So many connections more are held as long as it takes to say no to them; beyond these they are closed without a word. */
const MOST_REFUSED = 256
const REFUSED_RATIO = 0.25

export class Listener extends Server {
  readonly #connections = new Roster<CallerConnection>()
  readonly #stopChecks: CancelTimer

  constructor(settings: ServerSettings, handlers: ListenerHandlers, clock: Clock) {
    super({ noDelay: true, keepAlive: true, allowHalfOpen: settings.halfClose === 'serve' })
    const most = settings.maxConnections
    this.maxConnections = most + Math.min(MOST_REFUSED, Math.ceil(most * REFUSED_RATIO))
    const headEnd = new HeadEnd(clock, settings.keepAlive)
    const all = this.#connections
    this.on('connection', (socket: Socket) => {
      const isExcess = all.size >= most
      const connection = new CallerConnection({ socket, isExcess, settings, handlers, clock, headEnd })
      all.add(connection)
      handlers.onConnections(all.size)
      socket.once('close', () => {
        all.delete(connection)
        handlers.onConnections(all.size)
      })
    })
    this.#stopChecks = clock.every(CHECK_EVERY_MS, () => {
      const nowMs = clock.now()
      all.forEach((connection) => connection.check(nowMs))
    })
    this.once('close', () => this.#stopChecks())
  }

  /** Those that bring or await nothing. */
  closeIdleConnections(): void {
    this.#connections.forEach((connection) => {
      if (connection.isIdle) connection.socket.destroy()
    })
  }

  closeAllConnections(): void {
    this.#connections.forEach((connection) => connection.destroy())
  }
}
