// Sends requests of one plan to one server, and times their answers. Knows nothing of when they are to leave.
import { Pool, type Dispatcher } from 'undici'
import type { Clock } from '../../core/clock.ts'
import type { Secret } from '../../core/secret.ts'
import type { Api } from '../apis/api.ts'
import type { Order } from '../order.ts'
import type { Ending, Failure } from '../outcome.ts'
import { messageOf, nameOf, toConnectionFailure } from './connection-failure.ts'
import { Reading } from './reading.ts'
import type { Target } from './target.ts'

export interface Sender {
  /** `onEnd` is called once, unless it is given up before. */
  send(order: Order, onEnd: (ending: Ending) => void): Flight
  close(): Promise<void>
}

/** A request under way. */
export interface Flight {
  /** Leaves; `onEnd` is not called any more. Says what had come until then. */
  giveUp(): GivenUp
}

export interface GivenUp {
  readonly tokensAtMs: readonly number[]
  readonly requestId: string | undefined
  readonly status: number | undefined
}

export interface SenderOptions {
  readonly target: Target
  readonly api: Api
  readonly model: string
  readonly key: Secret | undefined
  readonly connections: number
  readonly clock: Pick<Clock, 'now'>
}

/** A connection that is not there by then will not be. */
const CONNECT_TIMEOUT_MS = 10_000

export function createSender({ target, api, model, key, connections, clock }: SenderOptions): Sender {
  const pool = new Pool(target.origin, {
    connections,
    // One question a connection at a time: the next must not wait behind it.
    pipelining: 1,
    // How long an answer may take is decided by who sends.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(target.socketPath === undefined ? {} : { socketPath: target.socketPath }),
    },
  })
  const path = `${target.basePath}${api.path}`
  const headers = { ...api.toHeaders(key?.reveal()), accept: '*/*', 'user-agent': 'weir-load' }
  return {
    send(order, onEnd) {
      const flight = new SentRequest({ api, isStream: order.isStream, clock, onEnd })
      pool.dispatch({ method: 'POST', path, headers, body: api.toBody(model, order) }, flight)
      return flight
    },
    close: () => pool.destroy(),
  }
}

interface FlightOptions {
  readonly api: Api
  readonly isStream: boolean
  readonly clock: Pick<Clock, 'now'>
  readonly onEnd: (ending: Ending) => void
}

const NO_TOKENS: readonly number[] = []

class SentRequest implements Flight, Dispatcher.DispatchHandler {
  readonly #options: FlightOptions
  #controller: Dispatcher.DispatchController | undefined
  #reading: Reading | undefined
  #status: number | undefined
  #requestId: string | undefined
  #isOver = false

  constructor(options: FlightOptions) {
    this.#options = options
  }

  giveUp(): GivenUp {
    this.#isOver = true
    this.#controller?.abort(new GivenUpError())
    const tokensAtMs = this.#reading?.tokensAtMs ?? NO_TOKENS
    return { tokensAtMs, requestId: this.#requestId, status: this.#status }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // It was given up while it waited for a connection.
    if (this.#isOver) controller.abort(new GivenUpError())
  }

  onResponseStart(_: unknown, status: number, headers: Readonly<Record<string, unknown>>): void {
    // 103 and the like announce an answer and are none.
    if (status < FIRST_FINAL_STATUS) return
    const requestId = headers['x-request-id'] ?? headers['request-id']
    this.#requestId = typeof requestId === 'string' ? requestId : undefined
    this.#status = status
    const { api, isStream } = this.#options
    this.#reading = new Reading(api, { status, isStream, requestId: this.#requestId })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // Read before anything is done with it: the rest of this turn is our time, not the server's.
    const nowMs = this.#options.clock.now()
    if (this.#isOver || this.#reading === undefined || this.#reading.read(chunk, nowMs)) return
    this.#end(this.#reading.end())
    controller.abort(new GivenUpError())
  }

  onResponseEnd(): void {
    if (!this.#isOver) this.#end(this.#reading?.end())
  }

  onResponseError(_: unknown, error: Error): void {
    if (this.#isOver) return
    const isBegun = this.#reading !== undefined
    this.#end(
      this.#reading?.breakOff(isBegun ? 'broken_off' : nameOf(error), messageOf(error)) ??
        toConnectionFailure(error),
    )
  }

  #end(failure: Failure | undefined): void {
    this.#isOver = true
    const { clock, onEnd } = this.#options
    const notes = this.#reading?.notes
    onEnd({
      endedMs: clock.now(),
      tokensAtMs: this.#reading?.tokensAtMs ?? NO_TOKENS,
      promptTokens: notes?.promptTokens,
      outputTokens: notes?.outputTokens,
      failure,
    })
  }
}

const FIRST_FINAL_STATUS = 200

/** Never shown: whoever gives up knows why. */
class GivenUpError extends Error {
  override readonly name = 'GivenUpError'
}
