// Watches an answer that is complete on our side until its caller has taken it. It writes nothing.
import type { GatewayContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { CallerResponse } from '../http/caller/caller-response.ts'
import type { Expiring } from '../upstream/deadline.ts'

type WatchContext = Pick<GatewayContext, 'clock' | 'deadlines'>

export function watchFlush({ response, runtime }: Exchange, { clock, deadlines }: WatchContext): void {
  // What the system has taken will be sent; nothing of it is ours to watch.
  if (response.socket?.writableLength === 0) return
  const { writeTimeout } = runtime.settings.server
  const watch = new FlushWatch(response, { nowMs: clock.now(), writeTimeoutMs: writeTimeout })
  deadlines.add(watch)
  response.onClose(() => deadlines.remove(watch))
}

/** A caller that takes none of what waits for it is cut off: its connection would stay for ever. */
class FlushWatch implements Expiring {
  deadlineMs: number
  rosterIndex = -1
  readonly #response: CallerResponse
  readonly #writeTimeoutMs: number
  #waiting = Infinity

  constructor(
    response: CallerResponse,
    { nowMs, writeTimeoutMs }: { nowMs: number; writeTimeoutMs: number },
  ) {
    this.#response = response
    this.#writeTimeoutMs = writeTimeoutMs
    this.deadlineMs = nowMs + writeTimeoutMs
  }

  onDeadline(nowMs: number): void {
    const waiting = this.#response.socket?.writableLength ?? 0
    const isTaken = waiting < this.#waiting
    this.#waiting = waiting
    if (isTaken) this.deadlineMs = nowMs + this.#writeTimeoutMs
    else this.#response.destroy()
  }
}
