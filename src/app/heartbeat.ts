// Notes in the store, minute by minute, that this gateway is there to count: a minute without requests and one without a gateway
// look the same otherwise, and only the first is known to be good.
import type { Clock } from '../core/clock.ts'
import type { MinuteSource } from '../core/minutes.ts'
import type { RecordBuffer } from '../records/buffer/buffer.ts'

export interface HeartbeatInput {
  readonly clock: Clock
  readonly counter: Pick<MinuteSource, 'beat'>
  readonly buffer: Pick<RecordBuffer, 'nudge'>
}

/** Several times a minute: timers come late, and what was held back while somebody read is written soon. */
const EVERY_MS = 15_000

/** Returns how to stop it. */
export function keepBeating({ clock, counter, buffer }: HeartbeatInput): () => void {
  const beat = (): void => {
    counter.beat()
    buffer.nudge()
  }
  beat()
  return clock.every(EVERY_MS, beat)
}
