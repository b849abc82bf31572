// Signs of life for callers of a stream that wait, for a slot or for the first event: comments, which every reader of
// server-sent events skips. The first of them sends the head, so what the answer's own head would say cannot follow.
import type { CancelTimer, Clock } from '../../core/clock.ts'
import type { Exchange } from '../exchange.ts'
import { heldHeaders } from '../http/reply.ts'
import type { Roster } from '../roster.ts'

/** How often everybody is looked at: one sweep costs less than a timer for each request. */
const SWEEP_MS = 500

export class KeepAlive {
  readonly #clock: Clock
  readonly #inflight: Roster<Exchange>
  readonly #stop: CancelTimer

  constructor(clock: Clock, inflight: Roster<Exchange>) {
    this.#clock = clock
    this.#inflight = inflight
    this.#stop = clock.every(SWEEP_MS, () => this.#sweep())
  }

  close(): void {
    this.#stop()
  }

  #sweep(): void {
    const nowMs = this.#clock.now()
    this.#inflight.forEach((exchange) => {
      if (!isWaiting(exchange)) return
      const quietMs = nowMs - (exchange.signOfLifeMs ?? exchange.startedMs)
      if (quietMs >= keepAliveOf(exchange)) signal(exchange, nowMs)
    })
  }
}

/** Only readers of server-sent events: Ollama's lines of JSON know no comments. */
function isWaiting(exchange: Exchange): boolean {
  const { facts, opened, settled, closed, cancelled, api } = exchange
  if (facts?.stream !== true || opened !== undefined || settled) return false
  return !closed && cancelled === undefined && api.dialect !== 'ollama'
}

/** As configured for the backend it waits for; never while it waits for none. */
function keepAliveOf({ ticket, backend, runtime }: Exchange): number {
  if (ticket !== undefined) return ticket.home.settings.keepAlive
  return runtime.fleet.backend(backend ?? '')?.settings.queue.keepAlive ?? Infinity
}

function signal(exchange: Exchange, nowMs: number): void {
  const { response } = exchange
  if (response.destroyed || response.writableNeedDrain) return
  if (!response.headersSent) response.writeHead(200, heldHeaders(exchange))
  const bytes = Buffer.from(toComment(exchange))
  exchange.isHeld = true
  exchange.signOfLifeMs = nowMs
  exchange.responseBytes += bytes.length
  response.write(bytes)
}

/** The empty line ends the comment: some readers pass nothing on until they see one. */
function toComment({ ticket }: Exchange): string {
  if (ticket === undefined) return ': waiting for the model\n\n'
  const seconds = ticket.remainingSeconds
  const about = seconds === undefined ? '' : `, about ${Math.max(1, Math.round(seconds))} s`
  return `: queued, position ${ticket.position}${about}\n\n`
}
