// How late this process runs what is due: what it measures of others is late by as much.
import type { CancelTimer, Clock } from '../core/clock.ts'
import { Histogram } from './histogram.ts'

const LOOK_EVERY_MS = 20

export interface LoopDelay {
  readonly delays: Histogram
  stop(): void
}

export function watchLoopDelay(clock: Clock): LoopDelay {
  const delays = new Histogram()
  let cancel: CancelTimer = () => undefined
  const look = (): void => {
    const askedMs = clock.now()
    cancel = clock.after(LOOK_EVERY_MS, () => {
      delays.add(Math.max(0, clock.now() - askedMs - LOOK_EVERY_MS))
      look()
    })
  }
  look()
  return { delays, stop: () => cancel() }
}
