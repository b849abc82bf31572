// The way to one receiver: one delivery at a time, what waits behind it, pauses after failures, and the rate the service
// takes. Lanes know nothing of each other, so that a dead service holds nobody up. What to say is asked when it is said.
import type { CancelTimer, Clock } from '../core/clock.ts'
import { createAllowance } from './allowance.ts'
import { backoffMs } from './backoff.ts'
import type { Delivery, Message, Notifier } from './notifier.ts'
import type { Notice } from './owe.ts'

export interface Parcel {
  /** What the message says of which groups. */
  readonly notices: readonly Notice[]
  readonly message: Message
}

export interface LaneOptions {
  readonly notifier: Notifier
  readonly timeoutMs: number
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** The message about these groups; undefined when there is nothing to say of them any more. */
  readonly pack: (keys: readonly string[]) => Parcel | undefined
  readonly onDelivery: (parcel: Parcel, delivery: Delivery) => void
  /** The message about these groups could not be made, or what became of it not be noted: others must not wait for them. */
  readonly onBroken: (keys: readonly string[], error: unknown) => void
}

export interface Lane {
  /** Those that wait already are not added again. */
  offer(keys: readonly string[]): void
  /** Past the queue, once, without another try. */
  send(message: Message): Promise<Delivery>
  /** Wall clock of the first of the failures in a row; undefined while it works. */
  failingSinceMs(): number | undefined
  /** What is under way may end within `windowMs`; what waits stays owed. */
  close(windowMs: number): Promise<void>
}

/** As many groups may wait; more are offered again in the next round. */
const MOST_WAITING = 200
/** A message about more groups than this says nothing any more. */
const MOST_MERGED = 50
/** Sent one by one; where more wait and the service counts messages, they become one. */
const MOST_SINGLE = 5
/** What a notifier may take longer than its signal. */
const GRACE_MS = 1_000

export function createLane(options: LaneOptions): Lane {
  const { notifier, clock, random, pack, onDelivery, onBroken } = options
  const allowance = createAllowance(notifier.rate, clock)
  const closing = new AbortController()
  let waiting: readonly string[] = []
  let underWay: Promise<void> | undefined
  let wake: CancelTimer | undefined
  let failures = 0
  let failingSinceMs: number | undefined
  let pausedUntilMs = 0

  const takeNext = (): readonly string[] => {
    const isMany = waiting.length > Math.min(allowance.left(), MOST_SINGLE)
    const count = isMany && notifier.rate !== undefined ? MOST_MERGED : 1
    const taken = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return taken
  }
  const note = (delivery: Delivery): void => {
    if (delivery.result === 'delivered') {
      failures = 0
      failingSinceMs = undefined
      return
    }
    failures += 1
    failingSinceMs ??= clock.wall()
    // What failed for good is the fault of one message, or of all: the next one shows.
    if (delivery.result === 'failed') return
    pausedUntilMs = clock.now() + backoffMs({ failures, askedMs: delivery.afterMs, random: random() })
  }
  const deliver = async (message: Message): Promise<Delivery> => {
    allowance.take()
    const delivery = await attempt(message, options, closing.signal)
    note(delivery)
    return delivery
  }
  const work = async (): Promise<void> => {
    while (waiting.length > 0 && !closing.signal.aborted) {
      const pauseMs = Math.max(pausedUntilMs - clock.now(), allowance.waitMs())
      if (pauseMs > 0) {
        wake?.()
        wake = clock.after(pauseMs, pump)
        return
      }
      const keys = takeNext()
      try {
        const parcel = pack(keys)
        if (parcel !== undefined) onDelivery(parcel, await deliver(parcel.message))
      } catch (thrown) {
        onBroken(keys, thrown)
      }
    }
  }
  const pump = (): void => {
    if (underWay !== undefined || closing.signal.aborted) return
    underWay = work().finally(() => (underWay = undefined))
  }

  return {
    offer(keys) {
      waiting = [...new Set([...waiting, ...keys])].slice(0, MOST_WAITING)
      if (waiting.length > 0) pump()
    },
    send: deliver,
    failingSinceMs: () => failingSinceMs,
    async close(windowMs) {
      waiting = []
      wake?.()
      const cut = clock.after(windowMs, () => closing.abort())
      await underWay
      cut()
      closing.abort()
      await notifier.close().catch(() => undefined)
    },
  }
}

/** Settles whatever the notifier does: at its time, or a little after the time it was given. */
async function attempt(
  message: Message,
  { notifier, clock, timeoutMs }: LaneOptions,
  closing: AbortSignal,
): Promise<Delivery> {
  const timeout = new AbortController()
  const signal = AbortSignal.any([timeout.signal, closing])
  const cancels: CancelTimer[] = [clock.after(timeoutMs, () => timeout.abort())]
  const given = new Promise<Delivery>((resolve) => {
    const late = (): void => resolve({ result: 'retry', reason: 'no answer in time', afterMs: undefined })
    signal.addEventListener('abort', () => cancels.push(clock.after(GRACE_MS, late)), { once: true })
  })
  try {
    return await Promise.race([notifier.deliver(message, signal), given])
  } catch {
    // A notifier that rejects breaks its promise; what it threw may hold a URL, and so a secret.
    return { result: 'retry', reason: 'the notifier failed', afterMs: undefined }
  } finally {
    for (const cancel of cancels) cancel()
  }
}
