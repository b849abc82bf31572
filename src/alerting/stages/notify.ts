// Last stage: hands over what is to be told now, and forgets what nobody will ask for again.
import { isFiring, type Round } from '../round.ts'

/** What comes back within this time was not over; after it, it is a story of its own. */
const RELAPSE_MEMORY_MS = 6 * 3_600_000

/** An end that could not be told for a day interests nobody any more. */
const MOST_LATE_MS = 24 * 3_600_000

export function notify(round: Round): void {
  const { memory, policy, nowMs } = round
  for (const [key, group] of memory.groups) {
    const { owed, resolvedAtMs, receiver } = group
    const isForgotten = resolvedAtMs !== undefined && nowMs - resolvedAtMs >= RELAPSE_MEMORY_MS
    const isLate = owed?.kind === 'resolved' && nowMs - owed.sinceMs >= MOST_LATE_MS
    if (isForgotten || isLate || !policy.receivers.has(receiver)) memory.groups.delete(key)
    else if (owed !== undefined && owed.notBeforeMs <= nowMs) round.due.push(key)
  }
  forgetAlerts(round)
}

function forgetAlerts({ memory, policy, nowMs }: Round): void {
  const wanted = new Set([...memory.groups.values()].flatMap(({ members }) => members))
  const firing = [...memory.alerts.values()].filter(isFiring)
  const hiding = new Set(
    firing.flatMap(({ mutedBy }) => (mutedBy?.by === 'inhibition' ? [mutedBy.alert] : [])),
  )
  for (const [fingerprint, tracked] of memory.alerts) {
    if (isFiring(tracked) || wanted.has(fingerprint) || hiding.has(tracked.alert.name)) continue
    // What is over for people may still be seen.
    const lastMs = Math.max(tracked.endedAtMs ?? nowMs, tracked.lastSeenMs)
    if (nowMs - lastMs >= policy.resolveAfterMs) memory.alerts.delete(fingerprint)
  }
}
