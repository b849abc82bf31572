// Beats while everything works, so that somebody outside misses it when it does not. A beat is not tried again: the next one comes.
import type { CancelTimer, Clock } from '../core/clock.ts'
import type { Desk } from './delivery-desk.ts'
import type { Report } from './report.ts'
import { describeBeat } from './texts/describe.ts'

export interface HeartOptions {
  readonly clock: Clock
  /** As it is now: a reload brings another. */
  readonly desk: () => Desk
  readonly isAlive: () => boolean
  readonly report: Report
}

export interface Heart {
  /** As the configuration has it now. */
  restart(): void
  stop(): void
}

export function createHeart({ clock, desk, isAlive, report }: HeartOptions): Heart {
  let cancel: CancelTimer | undefined
  let isArriving = true
  const beat = async (to: string): Promise<void> => {
    if (!isAlive()) return
    const language = desk().setup.policy.receivers.get(to)?.language ?? 'en'
    const delivery = await desk().send(to, describeBeat({ language, nowMs: clock.wall() }))
    if (delivery === undefined) return
    const arrives = delivery.result === 'delivered'
    if (!arrives && isArriving) {
      report('warn', 'a heartbeat did not arrive', { receiver: to, reason: delivery.reason })
    }
    isArriving = arrives
  }
  const restart = (): void => {
    cancel?.()
    const { beat: planned } = desk().setup.policy.watchdog
    cancel = planned && clock.every(planned.everyMs, () => void beat(planned.to))
  }
  restart()
  return { restart, stop: () => cancel?.() }
}
