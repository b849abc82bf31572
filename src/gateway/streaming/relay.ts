// Gives an opened answer to the caller: back-pressure towards the backend, and one of three endings, never a silent one.
import type { Clock } from '../../core/clock.ts'
import type { WeirError } from '../../core/errors.ts'
import type { Exchange } from '../exchange.ts'
import type { CallerResponse } from '../http/caller/caller-response.ts'
import type { UpstreamAttempt } from '../upstream/attempt.ts'
import type { Outlet } from './answer-reader.ts'

export class Relay implements Outlet {
  readonly #exchange: Exchange
  readonly #response: CallerResponse
  readonly #attempt: UpstreamAttempt
  readonly #clock: Clock
  readonly #isEventStream: boolean
  readonly #resume = (): void => {
    this.#exchange.clientStallMs += this.#attempt.resume(this.#clock.now())
  }
  #settle!: () => void
  /** Resolves when nothing more will be written. */
  readonly done: Promise<void>

  constructor(
    exchange: Exchange,
    attempt: UpstreamAttempt,
    options: { clock: Clock; isEventStream: boolean },
  ) {
    this.#exchange = exchange
    this.#response = exchange.response
    this.#attempt = attempt
    this.#clock = options.clock
    this.#isEventStream = options.isEventStream
    this.done = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  write(bytes: Buffer): void {
    this.#exchange.responseBytes += bytes.length
    this.#exchange.content?.addAnswer(bytes)
    if (this.#response.write(bytes)) return
    this.#attempt.pause(this.#clock.now())
    this.#response.onceDrained(this.#resume)
  }

  onUpstreamEnd(error: WeirError | undefined): void {
    this.#exchange.clientStallMs += this.#attempt.resume(this.#clock.now())
    if (error === undefined) this.#response.end()
    else this.#breakOff(error)
    this.#settle()
  }

  /** Complete is over; what is left is an error event in the caller's dialect, or a reset where there is no room for one. */
  #breakOff(error: WeirError): void {
    const exchange = this.#exchange
    exchange.error = error
    exchange.interruptedBy = interrupter(error)
    if (error.code === 'client_closed') {
      this.#response.destroy()
      return
    }
    if (!this.#isEventStream) {
      this.#response.destroy()
      return
    }
    if (exchange.answerFacts?.failureTold === true) {
      this.#response.end()
      return
    }
    const sequence = (exchange.answerFacts?.sequence ?? -1) + 1
    const event = Buffer.from(exchange.api.toErrorEvent(error, { requestId: exchange.id, sequence }))
    exchange.responseBytes += event.length
    exchange.content?.addAnswer(event)
    this.#response.end(event)
  }
}

function interrupter(error: WeirError): 'caller' | 'gateway' | 'backend' {
  if (error.code === 'client_closed') return 'caller'
  return error.code === 'draining' || error.code === 'internal' ? 'gateway' : 'backend'
}
