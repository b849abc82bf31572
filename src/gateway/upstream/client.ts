// The connections to one backend: idle ones kept on a stack, the one that rested shortest on top.
// A pool that searches its connections for a free one costs more with each open stream; taking the top of a stack does not.
import type { Dispatcher } from 'undici'
import type { CancelTimer } from '../../core/clock.ts'
import type { BackendPool } from '../../core/live.ts'
import type { BackendSettings } from '../config.ts'
import { Roster } from '../roster.ts'
import { toDialTarget, type Dialer, type DialTarget } from './dial/dialer.ts'
import { createProbeAgent } from './dial/probe-agent.ts'
import { Http1Connection } from './http1/connection.ts'

/** Idle connections beyond this are closed at once: a burst must not leave its size behind. */
const MAX_IDLE_CONNECTIONS = 256

/** Below what model servers grant (uvicorn: 5 s; Ollama and llama.cpp: longer), so that we close first. */
const KEEP_ALIVE_MS = 4_000

/** A backend that says how long it keeps a connection is believed up to here. */
const MAX_KEEP_ALIVE_MS = 60_000

/** What is left of that promise for its way here and our next request's way there. */
const KEEP_ALIVE_MARGIN_MS = 1_000

/** How much later than that an idle connection is closed at most, if nobody asks for one. */
const SWEEP_MS = 1_000

export class BackendClient {
  readonly #target: DialTarget
  readonly #dialer: Dialer
  readonly #idle: Http1Connection[] = []
  readonly #busy = new Roster<Http1Connection>()
  /** For questions about the backend: connections of their own, which are in no count here. */
  readonly probeAgent: Dispatcher
  #stopSweep: CancelTimer | undefined
  #closed = false

  constructor(settings: BackendSettings, dialer: Dialer) {
    this.#target = toDialTarget(settings.url)
    this.#dialer = dialer
    const connectTimeoutMs = settings.timeouts.connect
    this.probeAgent = createProbeAgent({ dialer, target: this.#target, connectTimeoutMs })
  }

  /** A connection for one request; give it back with `release`, or `discard` it when it may be in an unknown state. */
  acquire(nowMs: number): Http1Connection {
    const connection = this.#takeIdle(nowMs) ?? this.#open()
    this.#busy.add(connection)
    return connection
  }

  /** After a complete answer. What cannot be used again is closed. */
  release(connection: Http1Connection, nowMs: number): void {
    this.#busy.delete(connection)
    if (this.#closed || !connection.isReusable || this.#idle.length >= MAX_IDLE_CONNECTIONS) {
      connection.destroy()
      return
    }
    connection.idleUntilMs = nowMs + restOf(connection)
    this.#idle.push(connection)
    this.#stopSweep ??= this.#dialer.clock.every(SWEEP_MS, () => this.#sweep())
  }

  /** Closes a connection at once: the backend sees it end within a round trip. */
  discard(connection: Http1Connection): void {
    this.#busy.delete(connection)
    connection.destroy()
  }

  pool(): BackendPool {
    let pending = 0
    for (const connection of this.#busy) if (!connection.isConnected) pending += 1
    const running = this.#busy.size - pending
    return { connected: this.#idle.length + running, free: this.#idle.length, running, pending }
  }

  /** Closes what is idle now and what is busy when it is done. */
  close(): void {
    this.#closed = true
    void this.probeAgent.close().catch(() => undefined)
    for (const connection of this.#idle.splice(0)) connection.destroy()
    this.#sweep()
  }

  #takeIdle(nowMs: number): Http1Connection | undefined {
    for (let top = this.#idle.pop(); top !== undefined; top = this.#idle.pop()) {
      // After a stall of ours the sweep is late, and the backend may have closed it already.
      if (top.idleUntilMs > nowMs) return top
      top.destroy()
    }
    return undefined
  }

  #open(): Http1Connection {
    return new Http1Connection({
      target: this.#target,
      dialer: this.#dialer,
      onGone: (connection) => this.#forget(connection),
    })
  }

  /** It closed while it rested, or something came on it that nobody had asked for. */
  #forget(connection: Http1Connection): void {
    const index = this.#idle.indexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
  }

  #sweep(): void {
    const nowMs = this.#dialer.clock.now()
    const rested = this.#idle.filter((connection) => connection.idleUntilMs <= nowMs)
    for (const connection of rested) {
      this.#forget(connection)
      connection.destroy()
    }
    if (this.#idle.length > 0) return
    this.#stopSweep?.()
    this.#stopSweep = undefined
  }
}

function restOf({ promisedIdleSeconds }: Http1Connection): number {
  if (promisedIdleSeconds === undefined) return KEEP_ALIVE_MS
  const promisedMs = promisedIdleSeconds * 1_000 - KEEP_ALIVE_MARGIN_MS
  return Math.min(Math.max(promisedMs, 0), MAX_KEEP_ALIVE_MS)
}
