// Whether this process takes one more request. What is in progress is none of its business.
import type { Clock } from '../../core/clock.ts'
import type { Report } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { Roster } from '../roster.ts'
import { Overload, type OverloadLimits, type Strain } from './overload.ts'
import { toShedError } from './shed.ts'

export interface RoomOptions {
  readonly clock: Clock
  readonly report: Report
  readonly limits: () => OverloadLimits
  readonly memoryRatio: () => number
  readonly inflight: Roster<Exchange>
}

export class Room {
  readonly #overload: Overload
  readonly #inflight: Roster<Exchange>

  constructor({ clock, report, limits, memoryRatio, inflight }: RoomOptions) {
    this.#inflight = inflight
    this.#overload = new Overload({
      ...{ clock, limits, memoryRatio },
      onChange: ({ strain, begins, measured }) =>
        report('warn', begins ? 'overloaded: new requests are refused' : 'no longer overloaded', {
          code: strain,
          reason: measured,
        }),
    })
  }

  get strain(): Strain | undefined {
    return this.#overload.strain
  }

  stalledMs(nowMs: number): number {
    return this.#overload.stalledMs(nowMs)
  }

  close(): void {
    this.#overload.close()
  }

  /** Throws the refusal when there is no room for a request that wants a backend. */
  demand(exchange: Exchange): void {
    const { strain } = this.#overload
    // Memory that no request holds is garbage, which is collected when there is work again, and only then.
    if (strain === 'loop' || (strain === 'memory' && this.#inflight.size > 1))
      throw toShedError(exchange, strain)
  }
}
