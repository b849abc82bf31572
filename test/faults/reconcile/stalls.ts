// When this process itself stood still: what passed its taps then was heard late, or never when the gateway had given it up.
import { nowMs } from '../wire.ts'

export interface StallWatch {
  /** Whether it stood still at any time between these two. */
  stoodStill(fromMs: number, toMs: number): boolean
  stop(): void
}

const TICK_MS = 25
/** Late enough to change what is seen; a busy machine is later than a tick all the time. */
const STALL_MS = 100

export function watchStalls(): StallWatch {
  const stalls: { readonly fromMs: number; readonly toMs: number }[] = []
  let tickedAtMs = nowMs()
  const note = (): void => {
    const atMs = nowMs()
    if (atMs - tickedAtMs > STALL_MS) stalls.push({ fromMs: tickedAtMs, toMs: atMs })
    tickedAtMs = atMs
  }
  const timer = setInterval(note, TICK_MS)
  return {
    stoodStill(fromMs, toMs) {
      // It may stand still at this very moment.
      note()
      return stalls.some((stall) => stall.fromMs <= toMs && stall.toMs >= fromMs)
    },
    stop: () => clearInterval(timer),
  }
}
