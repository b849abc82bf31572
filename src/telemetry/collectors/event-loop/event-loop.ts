// How late the event loop runs its timers. Two monitors take turns, so that reading never resets what another reader of the
// same page has not seen yet.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from '../../../core/clock.ts'

export interface EventLoopDelay {
  readonly p50Seconds: number
  readonly p99Seconds: number
  readonly maxSeconds: number
}

export interface EventLoopCollector {
  /** Of the last one to two minutes; of the time since the start before that. */
  read(): EventLoopDelay
  close(): void
}

/** The part of perf_hooks' histogram that is used. Values are nanoseconds. */
export interface DelayHistogram {
  readonly max: number
  percentile(percentile: number): number
  reset(): void
  enable(): boolean
  disable(): boolean
}

export interface EventLoopOptions {
  readonly clock: Clock
  readonly createHistogram?: (resolutionMs: number) => DelayHistogram
}

// Longer than any sensible scrape interval, so that every scraper sees every maximum at least once.
const WINDOW_MS = 60_000
// 50 wake-ups a second are not noticed; a stall worth knowing of is longer than this.
const RESOLUTION_MS = 20
const NS_PER_SECOND = 1e9
const RESOLUTION_S = RESOLUTION_MS / 1_000

/** The histogram counts from tick to tick: the period of the timer itself is not a delay. */
function toDelaySeconds(tickNs: number): number {
  return Math.max(0, tickNs / NS_PER_SECOND - RESOLUTION_S)
}

export function createEventLoopCollector({
  clock,
  createHistogram = (resolution) => monitorEventLoopDelay({ resolution }),
}: EventLoopOptions): EventLoopCollector {
  let older = createHistogram(RESOLUTION_MS)
  let newer = createHistogram(RESOLUTION_MS)
  older.enable()
  newer.enable()
  const cancel = clock.every(WINDOW_MS, () => {
    older.reset()
    ;[older, newer] = [newer, older]
  })
  return {
    read: () => ({
      p50Seconds: toDelaySeconds(older.percentile(50)),
      p99Seconds: toDelaySeconds(older.percentile(99)),
      maxSeconds: toDelaySeconds(older.max),
    }),
    close() {
      cancel()
      older.disable()
      newer.disable()
    },
  }
}
