// Takes what an Alertmanager posts and delivers it to one of our receivers, and answers so that it tries again exactly when that makes
// sense: it repeats after a 5xx and gives up after a 4xx.
import type { Clock } from '../../core/clock.ts'
import { editDistance } from '../../core/edit-distance.ts'
import type { Delivery, Language, Notifier } from '../notifier.ts'
import type { Report } from '../report.ts'
import { describePayload } from './describe.ts'
import { parsePayload, type Payload } from './payload.ts'
import { createSeen } from './seen.ts'

/** A receiver as the bridge sees it. */
export interface BridgeReceiver {
  readonly notifier: Notifier
  readonly language: Language
  /** Whether it wants to know that something is over. */
  readonly tellsResolved: boolean
  readonly timeoutMs: number
}

export interface BridgeOptions {
  /** As of now: a reload may replace them. */
  readonly receivers: () => ReadonlyMap<string, BridgeReceiver>
  readonly timeZone: () => string
  readonly clock: Clock
  readonly report: Report
  readonly count: (receiver: string, result: 'delivered' | 'retried' | 'failed') => void
}

export interface BridgeReply {
  readonly status: number
  readonly message: string
  readonly retryAfterMs: number | undefined
}

export interface Bridge {
  /** Undefined when there is such a receiver and it can be reached. */
  refuse(receiver: string): BridgeReply | undefined
  take(receiver: string, body: string): Promise<BridgeReply>
  /** Ends what is under way; who asked is told to come back. */
  close(): void
}

const NOT_FOUND = 404
const BAD_REQUEST = 400
/** RFC 4918 11.4: what this depends on has failed, and will again. */
const FAILED_DEPENDENCY = 424
const UNAVAILABLE = 503

export function createBridge(options: BridgeOptions): Bridge {
  const { receivers, clock } = options
  const seen = createSeen(clock)
  const closing = new AbortController()
  /** By receiver and group: the second of a pair waits to hear what became of the first. */
  const underWay = new Map<string, Promise<unknown>>()

  const deliver = async (name: string, payload: Payload): Promise<BridgeReply> => {
    const receiver = receivers().get(name)
    if (receiver === undefined) return refuseUnknown(name, receivers().keys())
    if (payload.status === 'resolved' && !receiver.tellsResolved)
      return reply(200, 'It is over, which this receiver is not told.')
    if (seen.has(name, payload)) return reply(200, 'It was delivered a moment ago.')
    const delivery = await attempt(receiver, payload, { ...options, closing: closing.signal })
    note(name, delivery, options)
    if (delivery.result === 'delivered') seen.note(name, payload)
    return toReply(delivery)
  }

  return {
    refuse(name) {
      const receiver = receivers().get(name)
      if (receiver === undefined) return refuseUnknown(name, receivers().keys())
      if (receiver.notifier.refreshMs === undefined) return undefined
      return reply(
        BAD_REQUEST,
        'This receiver has to be told again all the time, which Alertmanager does not do: let the alerts reach it directly.',
      )
    },
    async take(name, body) {
      const payload = parsePayload(body)
      if ('problem' in payload) return reply(BAD_REQUEST, payload.problem)
      const key = JSON.stringify([name, payload.groupKey])
      const before = underWay.get(key)
      const work = (async () => {
        // Whatever became of it, this one is asked for by itself.
        await before?.catch(() => undefined)
        return deliver(name, payload)
      })()
      underWay.set(key, work)
      try {
        return await work
      } finally {
        if (underWay.get(key) === work) underWay.delete(key)
      }
    },
    close: () => closing.abort(),
  }
}

interface AttemptContext extends BridgeOptions {
  readonly closing: AbortSignal
}

async function attempt(
  { notifier, language, timeoutMs }: BridgeReceiver,
  payload: Payload,
  { clock, timeZone, closing }: AttemptContext,
): Promise<Delivery> {
  const message = describePayload(payload, { language, timeZone: timeZone(), nowMs: clock.wall() })
  const late = new AbortController()
  const cancel = clock.after(timeoutMs, () => late.abort())
  try {
    return await notifier.deliver(message, AbortSignal.any([late.signal, closing]))
  } finally {
    cancel()
  }
}

function note(receiver: string, delivery: Delivery, { report, count }: BridgeOptions): void {
  if (delivery.result === 'delivered') {
    count(receiver, 'delivered')
    report('info', 'an alert of Alertmanager was passed on', { receiver })
    return
  }
  const { reason } = delivery
  count(receiver, delivery.result === 'retry' ? 'retried' : 'failed')
  report(
    delivery.result === 'retry' ? 'warn' : 'error',
    delivery.result === 'retry'
      ? 'an alert of Alertmanager could not be passed on, and will come again'
      : 'an alert of Alertmanager was refused by its receiver',
    { receiver, reason },
  )
}

function toReply(delivery: Delivery): BridgeReply {
  switch (delivery.result) {
    case 'delivered':
      return reply(200, `${delivery.answer}.`)
    case 'retry':
      return { ...reply(UNAVAILABLE, `${delivery.reason}.`), retryAfterMs: delivery.afterMs }
    case 'failed':
      return reply(FAILED_DEPENDENCY, `${delivery.reason}.`)
  }
}

function reply(status: number, message: string): BridgeReply {
  return { status, message, retryAfterMs: undefined }
}

/** Longer ones are no typing errors, and comparing takes time by their length. */
const LONGEST_NAME = 63

function refuseUnknown(name: string, known: Iterable<string>): BridgeReply {
  const names = [...known]
  if (names.length === 0) return reply(NOT_FOUND, 'No receivers are configured; see alerts.receivers.')
  const near =
    name.length > LONGEST_NAME
      ? undefined
      : names.toSorted((left, right) => editDistance(name, left) - editDistance(name, right))[0]
  const hint = near !== undefined && editDistance(name, near) <= 2 ? `; did you mean ${near}?` : '.'
  return reply(NOT_FOUND, `There is no receiver of this name${hint}`)
}
