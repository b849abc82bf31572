// How many messages a service takes now: a sliding window over those that were sent. Per process.
import type { Clock } from '../core/clock.ts'
import type { DeliveryRate } from './notifier.ts'

export interface Allowance {
  /** Messages that may be sent now; infinite where the service names no limit. */
  left(): number
  /** Until one more may be sent; 0 while one may. */
  waitMs(): number
  take(): void
}

const UNLIMITED: Allowance = { left: () => Infinity, waitMs: () => 0, take: () => undefined }

export function createAllowance(rate: DeliveryRate | undefined, clock: Pick<Clock, 'now'>): Allowance {
  if (rate === undefined) return UNLIMITED
  const { messages, periodMs } = rate
  let sentAtMs: readonly number[] = []
  const recent = (): readonly number[] => {
    const sinceMs = clock.now() - periodMs
    sentAtMs = sentAtMs.filter((atMs) => atMs > sinceMs)
    return sentAtMs
  }
  return {
    left: () => Math.max(0, messages - recent().length),
    waitMs() {
      const sent = recent()
      const oldest = sent[sent.length - messages]
      return oldest === undefined ? 0 : Math.max(0, oldest + periodMs - clock.now())
    },
    take() {
      sentAtMs = [...recent(), clock.now()]
    },
  }
}
