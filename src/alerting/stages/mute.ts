// Third stage: what need not be told now, and why. What is muted is still watched, and told when the reason is gone.
import type { Alert } from '../../core/alert.ts'
import { findInhibitor, OWN_INHIBITIONS } from '../inhibit.ts'
import { matches } from '../matcher.ts'
import type { GroupMemory, Mute, TrackedAlert } from '../memory.ts'
import { findSameCause } from '../one-cause.ts'
import { audibleOf, isFiring, membersOf, type Round } from '../round.ts'
import { isActive } from '../silence.ts'

export function mute(round: Round): void {
  const firing = [...round.memory.alerts.values()].filter(isFiring)
  const ending = endingOf(round)
  for (const tracked of firing) {
    const mutedBy = findMute(round, tracked, { firing, ending })
    if ((mutedBy === undefined) !== (tracked.mutedBy === undefined)) {
      round.changes.push({ change: mutedBy === undefined ? 'unmuted' : 'muted', tracked })
    }
    tracked.mutedBy = mutedBy
  }
  for (const group of round.memory.groups.values()) listen(round, group)
}

/** What holds no longer, and whose end somebody has not been told yet. */
function endingOf({ memory }: Round): readonly TrackedAlert[] {
  const told = [...memory.groups.values()].filter((group) => group.told !== undefined)
  return told.flatMap((group) =>
    membersOf(group, memory).flatMap(([, tracked]) => (isFiring(tracked) ? [] : [tracked])),
  )
}

interface Others {
  readonly firing: readonly TrackedAlert[]
  readonly ending: readonly TrackedAlert[]
}

function findMute(round: Round, tracked: TrackedAlert, { firing, ending }: Others): Mute | undefined {
  const { alert } = tracked
  const chosen = findChosenMute(round, alert)
  if (chosen !== undefined) return chosen
  // What a page hides waits until people know that the page is over: before, it would read as if there were something new.
  const pages = [...firing, ...ending]
  const findHiding = (hidden: Alert): Alert | undefined => {
    const causes = (hidden.severity === 'ticket' ? pages : firing).map((other) => other.alert)
    return findInhibitor(hidden, causes, [...OWN_INHIBITIONS, ...round.policy.inhibitions])
  }
  const cause =
    findHiding(alert) ??
    findSameCause({
      ...{ round, tracked, others: pages },
      // Of two that hide each other neither would be told.
      isUnheard: (other) => (findChosenMute(round, other) ?? findHiding(other)) !== undefined,
    })
  return cause === undefined ? undefined : { by: 'inhibition', alert: cause.name }
}

/** What people have decided. */
function findChosenMute({ silences, policy, nowMs }: Round, alert: Alert): Mute | undefined {
  const silence = silences.find((entry) => isActive(entry, nowMs) && matches(alert, entry.matchers))
  if (silence !== undefined) {
    return { by: 'silence', id: silence.id, author: silence.author, untilMs: silence.endsAtMs }
  }
  const window = policy.maintenanceOf(alert, nowMs)
  return window === undefined ? undefined : { by: 'maintenance', window }
}

/** Whether anything of the group may be told, and whether anything of it is left. */
function listen({ memory, routed, nowMs }: Round, group: GroupMemory): void {
  const isAudible = routed.has(group.key) && audibleOf(group, memory).length > 0
  if (!isAudible) group.audibleSinceMs = undefined
  else if (group.audibleSinceMs === undefined) {
    group.audibleSinceMs = nowMs
    if (group.resolvedAtMs !== undefined) group.relapses += 1
    group.resolvedAtMs = undefined
  }
  const isLoud = membersOf(group, memory).some(([, tracked]) => isFiring(tracked))
  group.quietSinceMs = isLoud ? undefined : (group.quietSinceMs ?? nowMs)
}
