// Sixth stage: what is over, once it has been quiet for a while. Only who was told of something is told of its end, and once.
import { owe, noteEnd } from '../owe.ts'
import type { GroupMemory } from '../memory.ts'
import { isGroupKnown, type Round } from '../round.ts'

/** Each relapse doubles the quiet that is asked for, up to this many times: 2 minutes become an hour. */
const MOST_DOUBLINGS = 5

export function resolve(round: Round): void {
  const { memory, policy, nowMs } = round
  for (const group of memory.groups.values()) {
    if (group.quietSinceMs === undefined || group.resolvedAtMs !== undefined) continue
    const isLongQuiet = nowMs - group.quietSinceMs >= quietNeeded(group, policy.resolveAfterMs)
    if (!isLongQuiet || !isGroupKnown(round, group)) continue
    const isUntold = group.told === undefined
    if (isUntold && group.owed === undefined) memory.groups.delete(group.key)
    // What could not be told while it was so is told when it is over, in one message.
    else if (isUntold || policy.receivers.get(group.receiver)?.tellsResolved === true)
      owe(group, 'resolved', nowMs)
    else noteEnd(group, nowMs)
  }
}

/** A condition that comes and goes is called over less and less readily, so that it cannot fill a chat. */
export function quietNeeded({ relapses }: Pick<GroupMemory, 'relapses'>, resolveAfterMs: number): number {
  return resolveAfterMs * 2 ** Math.min(relapses, MOST_DOUBLINGS)
}
