// The requests under way: each begins once, ends once, and never takes longer than the plan allows.
import type { Clock } from '../core/clock.ts'
import { printDuration } from '../core/units.ts'
import type { Flight, Sender } from './client/sender.ts'
import type { Order } from './order.ts'
import type { Ending, Outcome } from './outcome.ts'

export interface Departure {
  readonly order: Order
  /** On the clock. */
  readonly intendedMs: number
}

export interface FlightsOptions {
  readonly sender: Sender
  readonly clock: Clock
  readonly timeoutMs: number
  /** On the clock: where the measured time begins. */
  readonly originMs: number
  /** Told of each end. */
  readonly onOutcome: (outcome: Outcome) => void
}

interface Underway {
  readonly departure: Departure
  readonly startedMs: number
  flight: Flight | undefined
}

export class Flights {
  readonly #options: FlightsOptions
  // In the order in which they left, which is that in which they were meant to.
  readonly #underway = new Set<Underway>()

  constructor(options: FlightsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#underway.size
  }

  launch(departure: Departure): void {
    const { sender, clock } = this.#options
    const underway: Underway = { departure, startedMs: clock.now(), flight: undefined }
    this.#underway.add(underway)
    underway.flight = sender.send(departure.order, (ending) => {
      if (this.#underway.delete(underway)) this.#report(underway, ending)
    })
  }

  /** Gives up what has taken too long. */
  expire(): void {
    const nowMs = this.#options.clock.now()
    for (const underway of this.#underway) {
      if (nowMs - underway.departure.intendedMs < this.#options.timeoutMs) return
      this.#underway.delete(underway)
      this.#timeOut(underway)
    }
  }

  /** It was due and could not leave in all that time. */
  failUnsent(departure: Departure): void {
    const endedMs = this.#options.clock.now()
    const failure = {
      code: 'not_sent',
      status: undefined,
      message: `so many requests were under way that it did not leave within ${this.#patience()}`,
      requestId: undefined,
    }
    this.#report({ departure, startedMs: endedMs }, { ...NOTHING_CAME, endedMs, failure })
  }

  /** Leaves all; nobody is told. Returns how many there were. */
  giveUp(): number {
    const { size } = this.#underway
    for (const { flight } of this.#underway) flight?.giveUp()
    this.#underway.clear()
    return size
  }

  #timeOut(underway: Underway): void {
    const { tokensAtMs, status, requestId } = underway.flight?.giveUp() ?? NOTHING_CAME
    const message = `no complete answer within ${this.#patience()}`
    const failure = { code: 'timeout', status, message, requestId }
    const endedMs = this.#options.clock.now()
    this.#report(underway, { ...NOTHING_CAME, endedMs, tokensAtMs, failure })
  }

  #patience(): string {
    return printDuration(this.#options.timeoutMs)
  }

  #report({ departure, startedMs }: Omit<Underway, 'flight'>, ending: Ending): void {
    const { originMs, onOutcome } = this.#options
    onOutcome(toOutcome({ departure, startedMs, originMs }, ending))
  }
}

const NOTHING_CAME = {
  ...{ tokensAtMs: [], promptTokens: undefined, outputTokens: undefined },
  ...{ status: undefined, requestId: undefined },
} as const

interface Begun {
  readonly departure: Departure
  readonly startedMs: number
  readonly originMs: number
}

/** Everything counts from when the request was meant to leave: a late start is a wait that a caller would have had. */
export function toOutcome({ departure, startedMs, originMs }: Begun, ending: Ending): Outcome {
  const { order, intendedMs } = departure
  const { endedMs, tokensAtMs, failure } = ending
  const { isStream } = order
  const [first] = isStream ? tokensAtMs : []
  const counted = ending.outputTokens
  const outputTokens = counted ?? tokensAtMs.length
  const last = first !== undefined && outputTokens > 1 ? endedMs - first : undefined
  return {
    atMs: intendedMs - originMs,
    lagMs: startedMs - intendedMs,
    durationMs: endedMs - intendedMs,
    firstTokenMs: first === undefined ? undefined : first - intendedMs,
    perTokenMs: last === undefined ? undefined : last / (outputTokens - 1),
    gapsMs: tokensAtMs.slice(1).map((atMs, index) => atMs - (tokensAtMs[index] ?? atMs)),
    isStream,
    askedPromptTokens: order.promptTokens,
    promptTokens: ending.promptTokens,
    outputTokens,
    isEstimated: counted === undefined,
    failure,
  }
}
