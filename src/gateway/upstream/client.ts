// The connections to one backend: one undici client per connection, idle ones kept on a stack.
// A pool that searches its connections for a free one costs more with each open stream; taking the top of a stack does not.
import { Client } from 'undici'
import type { BackendPool } from '../../core/live.ts'
import type { BackendSettings } from '../config.ts'
import { Roster, type Member } from '../roster.ts'

/** One connection, in undici's terms a client with nobody else on it. */
export interface Connection extends Member {
  readonly client: Client
}

/** Idle connections beyond this are closed at once: a burst must not leave its size behind. */
const MAX_IDLE_CONNECTIONS = 256

/** Below what model servers grant (uvicorn: 5 s; Ollama and llama.cpp: longer), so that we close first. */
const KEEP_ALIVE_MS = 4_000

/** An answer's headers may not fill memory; Node's own limit for a server. */
const MAX_ANSWER_HEADER_BYTES = 16_384

export class BackendClient {
  readonly #origin: string
  readonly #connectTimeoutMs: number
  readonly #idle: Connection[] = []
  readonly #busy = new Roster<Connection>()
  #closed = false

  constructor(settings: BackendSettings) {
    this.#origin = new URL(settings.url).origin
    this.#connectTimeoutMs = settings.timeouts.connect
  }

  /** A connection for one request; give it back with `release`, or `discard` it when it may be in an unknown state. */
  acquire(): Connection {
    const connection = this.#idle.pop() ?? this.#open()
    this.#busy.add(connection)
    return connection
  }

  release(connection: Connection): void {
    this.#busy.delete(connection)
    if (this.#closed || this.#idle.length >= MAX_IDLE_CONNECTIONS) this.#end(connection)
    else this.#idle.push(connection)
  }

  /** Closes a connection at once: the backend sees it end within a round trip. */
  discard(connection: Connection, reason: Error): void {
    this.#busy.delete(connection)
    connection.client.destroy(reason, () => undefined)
  }

  pool(): BackendPool {
    let connected = 0
    for (const { client } of this.#idle) if (client.stats.connected) connected += 1
    const free = connected
    let pending = 0
    for (const { client } of this.#busy) {
      if (client.stats.connected) connected += 1
      else pending += 1
    }
    return { connected, free, running: this.#busy.size - pending, pending }
  }

  /** Closes what is idle now and what is busy when it is done. */
  close(): void {
    this.#closed = true
    for (const connection of this.#idle.splice(0)) this.#end(connection)
  }

  #open(): Connection {
    const client = new Client(this.#origin, {
      pipelining: 1,
      allowH2: false,
      connectTimeout: this.#connectTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
      // The four clocks of an attempt are ours: undici's would cut a slow model off after five minutes.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    return { client, rosterIndex: -1 }
  }

  #end({ client }: Connection): void {
    client.close(() => undefined)
  }
}
