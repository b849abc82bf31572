// Who leaves next, and when: by the clock, or when a caller has its answer. Decides; sends nothing.
import { createArrivals } from './arrivals.ts'
import { createOrders, type Order } from './order.ts'
import type { LoadPlan } from './plan.ts'
import { createRandom } from './random.ts'

/** Moments are milliseconds from the start of the warm-up. */
export interface Due {
  readonly atMs: number
  readonly order: Order
}

/** Warm-up requests have numbers of their own: how many there are must not change what the measured ones say. */
const WARM_UP_NUMBERS = 2_000_000_000

export interface Schedule {
  /** Of an open loop: the next one, or undefined when the last has been given. */
  readonly next: () => Due | undefined
  /** Of a closed loop: what a caller asks at this moment; undefined when it is over. */
  readonly nextAt: (atMs: number) => Order | undefined
}

export function createSchedule(plan: LoadPlan): Schedule {
  const { pace, warmUpMs, durationMs = Infinity, requests = Infinity } = plan
  const orderOf = createOrders(plan)
  let warm = 0
  let measured = 0
  const nextAt = (atMs: number): Order | undefined => {
    if (atMs < warmUpMs) return orderOf(WARM_UP_NUMBERS + warm++)
    if (measured >= requests || atMs - warmUpMs >= durationMs) return undefined
    return orderOf(measured++)
  }
  const moments =
    pace.kind === 'open'
      ? createArrivals(pace.arrivals, pace.perSecond, createRandom(plan.seed))
      : () => Infinity
  return {
    nextAt,
    next() {
      const atMs = moments()
      const order = nextAt(atMs)
      return order === undefined ? undefined : { atMs, order }
    },
  }
}
