// How long a service is waited for: until its time is over, or whoever delivers is cut off.
import type { Clock } from '../../../core/clock.ts'

export interface Patience {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export type Missed = 'late' | 'cut-off'

/** What the work comes to, which must end soon after its signal; what goes wrong with it by itself is thrown on. */
export async function inTime<Result extends object>(
  { clock, timeoutMs, signal }: Patience,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | Missed> {
  const stop = new AbortController()
  let isLate = false
  const cancelTimer = clock.after(timeoutMs, () => {
    isLate = true
    stop.abort()
  })
  const cutOff = (): void => stop.abort()
  signal.addEventListener('abort', cutOff)
  try {
    return signal.aborted ? 'cut-off' : await work(stop.signal)
  } catch (thrown) {
    if (isLate) return 'late'
    if (signal.aborted) return 'cut-off'
    throw thrown
  } finally {
    cancelTimer()
    signal.removeEventListener('abort', cutOff)
  }
}
