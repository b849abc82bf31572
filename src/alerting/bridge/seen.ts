// What was delivered a moment ago: two Alertmanagers that watch over each other both send. Per process, as all of the bridge.
import type { Clock } from '../../core/clock.ts'
import type { Payload, PayloadAlert } from './payload.ts'

/** The other of a pair sends seconds later; whatever comes after this is said again on purpose. */
const MEMORY_MS = 60_000
/** Alerts; beyond it the oldest is forgotten, and would be said twice. */
const MOST_REMEMBERED = 20_000

export interface Seen {
  /** Whether everything in it was delivered to this receiver just now. */
  has(receiver: string, payload: Payload): boolean
  note(receiver: string, payload: Payload): void
}

export function createSeen(clock: Clock): Seen {
  const atMsOf = new Map<string, number>()
  const isFresh = (key: string): boolean => {
    const atMs = atMsOf.get(key)
    return atMs !== undefined && clock.now() - atMs < MEMORY_MS
  }
  const forget = (): void => {
    // In the order in which they were noted, so the old ones come first.
    for (const key of atMsOf.keys()) {
      if (isFresh(key) && atMsOf.size <= MOST_REMEMBERED) return
      atMsOf.delete(key)
    }
  }
  return {
    has: (receiver, payload) => keysOf(receiver, payload).every(isFresh),
    note(receiver, payload) {
      for (const key of keysOf(receiver, payload)) {
        atMsOf.delete(key)
        atMsOf.set(key, clock.now())
      }
      for (const key of othersOf(receiver, payload)) atMsOf.delete(key)
      forget()
    },
  }
}

function keysOf(receiver: string, { groupKey, alerts }: Payload): readonly string[] {
  return alerts.map((alert) => JSON.stringify([receiver, groupKey, nameOf(alert), alert.status]))
}

/** What fires again was over in between, and has to be said also within a minute. */
function othersOf(receiver: string, { groupKey, alerts }: Payload): readonly string[] {
  return alerts.map((alert) =>
    JSON.stringify([receiver, groupKey, nameOf(alert), alert.status === 'firing' ? 'resolved' : 'firing']),
  )
}

/** By its beginning as well: an alert that ended and began anew has the same fingerprint. */
function nameOf({ fingerprint, labels, startsAt }: PayloadAlert): readonly unknown[] {
  return [fingerprint ?? Object.entries(labels).sort(), startsAt]
}
