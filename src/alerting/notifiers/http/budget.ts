// Keeps within what a service takes: so many messages in so long. Kept here too, although the pipeline keeps within it as well,
// because a robot that is asked too often shuts everybody out. Per process.
import type { Clock } from '../../../core/clock.ts'
import type { DeliveryRate } from '../../notifier.ts'

export interface Budget {
  /** Takes one message and answers undefined, or answers how long until there is room for it. */
  take(): number | undefined
}

export function createBudget(rates: readonly DeliveryRate[], clock: Clock): Budget {
  const longestMs = Math.max(0, ...rates.map(({ periodMs }) => periodMs))
  let sentAtMs: number[] = []
  return {
    take() {
      const nowMs = clock.now()
      sentAtMs = sentAtMs.filter((at) => nowMs - at < longestMs)
      const waitMs = Math.max(0, ...rates.map((rate) => waitOf(rate, sentAtMs, nowMs)))
      if (waitMs > 0) return waitMs
      sentAtMs.push(nowMs)
      return undefined
    },
  }
}

function waitOf({ messages, periodMs }: DeliveryRate, sentAtMs: readonly number[], nowMs: number): number {
  const earliest = sentAtMs.at(-messages)
  return earliest === undefined ? 0 : Math.max(0, earliest + periodMs - nowMs)
}
