// The two ways in which load comes: by the clock (open), or from callers who wait for their answers (closed).
import type { CancelTimer, Clock } from '../core/clock.ts'
import type { Departure, Flights } from './flights.ts'
import type { Due, Schedule } from './schedule.ts'

export interface Loop {
  start(): void
  /** One request fewer is under way. `hasFailed`: it was no good answer. */
  landed(hasFailed: boolean): void
  /** What could not leave in time is over as well. */
  expire(): void
  /** No more departures. */
  stop(): void
  /** Nothing will leave any more. */
  readonly isOver: boolean
  /** Departures that had to wait because too many were under way. */
  readonly held: number
}

export interface LoopOptions {
  readonly schedule: Schedule
  readonly flights: Flights
  readonly clock: Clock
  /** On the clock: the beginning of the warm-up. */
  readonly startMs: number
}

export function createOpenLoop(
  options: LoopOptions,
  { maxInFlight, timeoutMs }: { readonly maxInFlight: number; readonly timeoutMs: number },
): Loop {
  const { schedule, flights, clock, startMs } = options
  let next: Due | undefined
  let cancel: CancelTimer = () => undefined
  let held = 0
  const waiting: Departure[] = []
  const depart = (departure: Departure): void => {
    if (waiting.length === 0 && flights.count < maxInFlight) {
      flights.launch(departure)
      return
    }
    held += 1
    waiting.push(departure)
  }
  const pump = (): void => {
    while (next !== undefined && startMs + next.atMs <= clock.now()) {
      depart({ order: next.order, intendedMs: startMs + next.atMs })
      // Made now, not when it is due: a long prompt takes its time.
      next = schedule.next()
    }
    if (next !== undefined) cancel = clock.after(Math.max(0, startMs + next.atMs - clock.now()), pump)
  }
  return {
    start() {
      next = schedule.next()
      pump()
    },
    landed() {
      const departure = flights.count < maxInFlight ? waiting.shift() : undefined
      if (departure !== undefined) flights.launch(departure)
    },
    expire() {
      const nowMs = clock.now()
      while (waiting[0] !== undefined && nowMs - waiting[0].intendedMs >= timeoutMs) {
        const departure = waiting.shift()
        if (departure !== undefined) flights.failUnsent(departure)
      }
    },
    stop() {
      cancel()
      next = undefined
      waiting.length = 0
    },
    get isOver() {
      return next === undefined && waiting.length === 0
    },
    get held() {
      return held
    },
  }
}

/** A server that is down is not asked in an endless tight loop. */
const PAUSE_AFTER_FAILURE_MS = 100

export function createClosedLoop({ schedule, flights, clock, startMs }: LoopOptions, callers: number): Loop {
  const pauses = new Set<CancelTimer>()
  let isOver = false
  const ask = (): void => {
    if (isOver) return
    const intendedMs = clock.now()
    const order = schedule.nextAt(intendedMs - startMs)
    if (order === undefined) {
      // One moment is after the end for everybody.
      isOver = true
      return
    }
    // Writing the prompt took its time, and a caller of a closed loop is never late.
    flights.launch({ order, intendedMs: clock.now() })
  }
  return {
    start() {
      for (let caller = 0; caller < callers; caller += 1) ask()
    },
    landed(hasFailed) {
      if (!hasFailed) {
        ask()
        return
      }
      const cancel = clock.after(PAUSE_AFTER_FAILURE_MS, () => {
        pauses.delete(cancel)
        ask()
      })
      pauses.add(cancel)
    },
    expire: () => undefined,
    stop() {
      isOver = true
      for (const cancel of pauses) cancel()
    },
    get isOver() {
      return isOver
    },
    held: 0,
  }
}
