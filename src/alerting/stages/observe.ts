// First stage: what began, what goes on, what ended. What cannot be known neither begins nor ends.
import type { Alert } from '../../core/alert.ts'
import { fingerprintOf } from '../identity.ts'
import type { TrackedAlert } from '../memory.ts'
import { isFiring, isKnown, type Round } from '../round.ts'

export function observe(round: Round): void {
  const { memory, nowMs } = round
  const holding = new Set<string>()
  for (const alert of [...round.own, ...(round.alerts ?? [])]) {
    const fingerprint = fingerprintOf(alert)
    const before = memory.alerts.get(fingerprint)
    if (before !== undefined && isAftermath(alert, before)) {
      before.lastSeenMs = nowMs
      continue
    }
    holding.add(fingerprint)
    note(round, fingerprint, alert)
  }
  for (const [fingerprint, tracked] of memory.alerts) {
    if (holding.has(fingerprint) || !isFiring(tracked) || !isKnown(round, tracked.alert)) continue
    tracked.endedAtMs = nowMs
    tracked.mutedBy = undefined
    round.changes.push({ change: 'ended', tracked })
  }
  // Rounds between two evaluations go by what the earlier one found.
  if (round.alerts !== undefined && round.isFresh) memory.evaluatedAtMs = nowMs
}

/**
 * What was told because of the last minutes is over with them. A longer window that has not been seen whole, as on a gateway
 * that is hours old, would hold it up only because there is little else in it. What began in that window counts as ever.
 */
function isAftermath({ facts }: Alert, before: TrackedAlert): boolean {
  if (facts.kind !== 'burn' || facts.isEasing !== true || facts.isPartial !== true) return false
  return before.alert.facts.kind === 'burn' && before.alert.facts.isEasing !== true
}

function note(round: Round, fingerprint: string, alert: Alert): void {
  const { memory, nowMs } = round
  const tracked = memory.alerts.get(fingerprint)
  if (tracked === undefined) {
    const begun = { alert, lastSeenMs: nowMs, endedAtMs: undefined, mutedBy: undefined }
    memory.alerts.set(fingerprint, begun)
    round.changes.push({ change: 'began', tracked: begun })
    return
  }
  const isBack = !isFiring(tracked)
  tracked.alert = isBack && !isTold(round, fingerprint) ? alert : toContinued(tracked.alert, alert)
  tracked.lastSeenMs = nowMs
  tracked.endedAtMs = undefined
  if (isBack) round.changes.push({ change: 'began', tracked })
}

/** What comes back before anybody was told of its end has never been away. */
function isTold({ memory }: Round, fingerprint: string): boolean {
  return [...memory.groups.values()].some(
    ({ told, members }) => told !== undefined && members.includes(fingerprint),
  )
}

/** Who finds an alert may have been restarted and count its age anew, and may look for the blame once only. */
function toContinued(before: Alert, now: Alert): Alert {
  const startedAtMs = Math.min(before.startedAtMs, now.startedAtMs)
  const { facts } = now
  if (!('slo' in facts) || !('slo' in before.facts) || facts.slo.blamed.length > 0) {
    return { ...now, startedAtMs }
  }
  return { ...now, startedAtMs, facts: { ...facts, slo: { ...facts.slo, blamed: before.facts.slo.blamed } } }
}
