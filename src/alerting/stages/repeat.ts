// Fifth stage: what was told long ago and still holds is told again, pages sooner than tickets.
import { owe } from '../owe.ts'
import { isGroupKnown, type Round } from '../round.ts'

export function repeat(round: Round): void {
  const { memory, routed, policy, nowMs } = round
  for (const group of memory.groups.values()) {
    const { told, audibleSinceMs } = group
    const route = routed.get(group.key)
    if (route === undefined || told === undefined || audibleSinceMs === undefined) continue
    // What is not known to hold any more is not repeated either.
    const forgetsMs = policy.receivers.get(group.receiver)?.refreshMs ?? Infinity
    const isOld = nowMs - told.atMs >= Math.min(route.repeatMs[group.severity], forgetsMs)
    if (isOld && isGroupKnown(round, group)) owe(group, 'firing', nowMs)
  }
}
