// The end of the work of a gateway: what is in flight gets its time, the rest is ended and counted. It closes nothing.
import type { Clock } from '../core/clock.ts'
import type { Gateway } from '../gateway/gateway.ts'

export interface DrainOptions {
  readonly clock: Clock
  /** How long requests in flight may go on. */
  readonly windowMs: number
  /** Ends the window early when it resolves. */
  readonly hurry: Promise<void> | undefined
}

/** How long cancelled requests get to say so to their callers. */
const CANCEL_GRACE_MS = 1_000

/** Returns how many requests did not end by themselves. */
export async function drain(
  gateway: Pick<Gateway, 'drain' | 'cancelAll'>,
  { clock, windowMs, hurry }: DrainOptions,
): Promise<number> {
  const idle = gateway.drain()
  const window = within(idle, { clock, ms: windowMs })
  const inTime = await (hurry === undefined ? window : Promise.race([window, hurry.then(() => false)]))
  if (inTime) return 0
  const cut = gateway.cancelAll()
  await within(idle, { clock, ms: CANCEL_GRACE_MS })
  return cut
}

async function within(promise: Promise<void>, { clock, ms }: { clock: Clock; ms: number }): Promise<boolean> {
  let stopTimer: (() => void) | undefined
  const late = new Promise<false>((resolve) => {
    stopTimer = clock.after(ms, () => resolve(false))
  })
  const result = await Promise.race([promise.then(() => true), late])
  stopTimer?.()
  return result
}
