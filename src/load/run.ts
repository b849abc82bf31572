// One run of a plan, from its first request to its last answer, or until somebody stops it.
import type { Clock } from '../core/clock.ts'
import type { Sender } from './client/sender.ts'
import { Flights } from './flights.ts'
import { Histogram } from './histogram.ts'
import { watchLoopDelay } from './loop-delay.ts'
import { createClosedLoop, createOpenLoop, type Loop } from './loops.ts'
import type { LoadPlan } from './plan.ts'
import { createSchedule } from './schedule.ts'
import { Tally } from './tally.ts'

export interface RunOptions {
  readonly sender: Sender
  readonly clock: Clock
  /** Ends the run early: nothing leaves any more, what is under way is given up. */
  readonly signal: AbortSignal
  /** Told now and then how far it is. */
  readonly onProgress?: (progress: RunProgress) => void
}

export interface RunProgress {
  readonly tally: Tally
  /** From the start of the measured time; below 0 in the warm-up. */
  readonly atMs: number
  readonly inFlight: number
  /** Only answers are awaited. */
  readonly isDraining: boolean
}

export interface Measured {
  readonly tally: Tally
  /** How long requests left, or until the last answer where their number decided. */
  readonly windowMs: number
  /** How late requests left, of those that did not have to wait for others. */
  readonly lags: Histogram
  readonly loopDelays: Histogram
  readonly held: number
  /** Under way when the run was stopped: known to be neither good nor bad. */
  readonly cutOff: number
  readonly inFlightAtEnd: number
  readonly inFlightAtStart: number
  readonly isStopped: boolean
}

/** Often enough for a bar that moves. */
const LOOK_EVERY_MS = 100
/** So that the first request is not late already. */
const HEAD_START_MS = 5

export async function runLoad(plan: LoadPlan, options: RunOptions): Promise<Measured> {
  const { sender, clock, signal, onProgress } = options
  const startMs = clock.now() + (plan.pace.kind === 'open' ? HEAD_START_MS : 0)
  const originMs = startMs + plan.warmUpMs
  const tally = new Tally(plan.objectives, plan.durationMs ?? Infinity)
  const lags = new Histogram()
  const over = Promise.withResolvers<void>()
  const flights = new Flights({
    sender,
    clock,
    timeoutMs: plan.timeoutMs,
    originMs,
    onOutcome(outcome) {
      tally.add(outcome)
      if (outcome.atMs >= 0) lags.add(Math.max(0, outcome.lagMs))
      loop.landed(outcome.failure !== undefined)
      endIfOver()
    },
  })
  const loop = createLoop(plan, { schedule: createSchedule(plan), flights, clock, startMs })
  const marks = createMarks(plan, flights)
  const endIfOver = (): void => {
    if (loop.isOver && flights.count === 0) over.resolve()
  }
  const loopDelay = watchLoopDelay(clock)
  const stopLooking = clock.every(LOOK_EVERY_MS, () => {
    const atMs = clock.now() - originMs
    loop.expire()
    flights.expire()
    marks.look(atMs)
    onProgress?.({ tally, atMs, inFlight: flights.count, isDraining: loop.isOver })
    endIfOver()
  })
  const stop = (): void => over.resolve()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  else loop.start()
  await over.promise
  const stoppedMs = clock.now() - originMs
  signal.removeEventListener('abort', stop)
  stopLooking()
  loopDelay.stop()
  loop.stop()
  const cutOff = flights.giveUp()
  return {
    ...{ tally, lags, loopDelays: loopDelay.delays, held: loop.held, cutOff },
    ...{ ...marks.counts(), isStopped: signal.aborted },
    windowMs: toWindow(plan, { tally, stoppedMs, isStopped: signal.aborted }),
  }
}

function createLoop(plan: LoadPlan, options: Parameters<typeof createOpenLoop>[0]): Loop {
  return plan.pace.kind === 'open'
    ? createOpenLoop(options, plan)
    : createClosedLoop(options, plan.pace.callers)
}

function toWindow(
  { durationMs = Infinity, requests, pace }: LoadPlan,
  { tally, stoppedMs, isStopped }: { tally: Tally; stoppedMs: number; isStopped: boolean },
): number {
  if (isStopped) return Math.min(durationMs, Math.max(0, stoppedMs))
  if (requests === undefined) return durationMs
  // With the last one's share of time, as every other has its own; callers of a closed loop are done at the last answer.
  const endMs = pace.kind === 'open' ? tally.lastAtMs + SECOND_MS / pace.perSecond : tally.lastEndMs
  return Math.min(durationMs, endMs)
}

const SECOND_MS = 1_000

/** How many were under way when the measured time began and when it ended: more and more of them is a load that is not kept up with. */
function createMarks(plan: LoadPlan, flights: Flights) {
  let inFlightAtStart: number | undefined
  let inFlightAtEnd: number | undefined
  return {
    look(atMs: number): void {
      if (atMs >= 0) inFlightAtStart ??= flights.count
      if (atMs >= (plan.durationMs ?? Infinity)) inFlightAtEnd ??= flights.count
    },
    counts: () => ({
      inFlightAtStart: inFlightAtStart ?? 0,
      inFlightAtEnd: inFlightAtEnd ?? flights.count,
    }),
  }
}
