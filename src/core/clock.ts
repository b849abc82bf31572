// Time as a port, so that a test can own it. Nothing outside core reads the system's clocks.

/** Stops a timer; calling it twice is harmless. */
export type CancelTimer = () => void

export interface Clock {
  /** Monotonic milliseconds with a fraction; only differences mean something. */
  now(): number
  /** Milliseconds since the epoch by the wall clock, which may jump. */
  wall(): number
  /** Calls back once after `delayMs`. The timer does not keep the process alive. */
  after(delayMs: number, callback: () => void): CancelTimer
  /** Calls back every `periodMs`. The timer does not keep the process alive. */
  every(periodMs: number, callback: () => void): CancelTimer
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs)
    timer.unref()
    return () => clearInterval(timer)
  },
}

/** Twelve days: long enough to be never, short enough for a timer. */
const SELDOM_MS = 2 ** 30

/** Keeps the process alive until released. The clock's own timers do not, so a wait for one of them alone would end it. */
export function holdProcess(): () => void {
  const timer = setInterval(() => undefined, SELDOM_MS)
  return () => clearInterval(timer)
}

/** Resolves after `delayMs` on the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve))
}

export interface ManualClock extends Clock {
  /** Moves both clocks forward and runs what falls due, in order. */
  advance(ms: number): void
  /** Moves the wall clock alone, as an NTP step does. */
  jumpWall(ms: number): void
}

interface ManualTimer {
  dueMs: number
  readonly periodMs: number | undefined
  readonly callback: () => void
}

/** A clock that stands still until it is told to move. */
export function createManualClock(startWallMs = 1_700_000_000_000): ManualClock {
  let nowMs = 0
  let wallOffsetMs = startWallMs
  const timers = new Set<ManualTimer>()

  const add = (delayMs: number, periodMs: number | undefined, callback: () => void): CancelTimer => {
    const timer: ManualTimer = { dueMs: nowMs + delayMs, periodMs, callback }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  const nextDue = (untilMs: number): ManualTimer | undefined => {
    let next: ManualTimer | undefined
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer
    }
    return next
  }

  return {
    now: () => nowMs,
    wall: () => wallOffsetMs + nowMs,
    after: (delayMs, callback) => add(delayMs, undefined, callback),
    every: (periodMs, callback) => add(periodMs, periodMs, callback),
    advance(ms) {
      const untilMs = nowMs + ms
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        nowMs = timer.dueMs
        if (timer.periodMs === undefined) timers.delete(timer)
        else timer.dueMs += timer.periodMs
        timer.callback()
      }
      nowMs = untilMs
    },
    jumpWall(ms) {
      wallOffsetMs += ms
    },
  }
}
