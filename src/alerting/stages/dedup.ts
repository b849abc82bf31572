// Fourth stage: what a receiver has not been told yet. What it knows already is not told again; that is for repeat.ts.
import type { GroupMemory } from '../memory.ts'
import type { Route } from '../policy.ts'
import { owe } from '../owe.ts'
import { audibleOf, isGroupKnown, type Round } from '../round.ts'

/**
 * Rounds come between evaluations, and the last before one would tell what was so a quarter of a minute ago. A first message
 * waits so long for the next evaluation: it names what went down a moment later, and its figures are of now.
 */
const FRESH_WAIT_MS = 8_000

export function dedup(round: Round): void {
  const { memory, routed, nowMs, isFresh } = round
  for (const group of memory.groups.values()) {
    takeBack(group)
    const route = routed.get(group.key)
    if (route === undefined || group.audibleSinceMs === undefined || !isGroupKnown(round, group)) continue
    if (isNews(group, route, { audible: audibleOf(group, memory), nowMs, isFresh }))
      owe(group, 'firing', nowMs)
  }
}

/** What was to be told is not so any more: it was muted before it was told, or has begun again before its end was told. */
function takeBack(group: GroupMemory): void {
  const isOver = group.quietSinceMs !== undefined
  if (group.owed?.kind === 'firing' && group.audibleSinceMs === undefined && !isOver) group.owed = undefined
  if (group.owed?.kind === 'resolved' && !isOver) group.owed = undefined
}

function isNews(
  { told, audibleSinceMs }: GroupMemory,
  route: Route,
  { audible, nowMs, isFresh }: Pick<Round, 'nowMs' | 'isFresh'> & { readonly audible: readonly string[] },
): boolean {
  if (told === undefined) {
    const waitMs = isFresh ? route.waitMs : route.waitMs + FRESH_WAIT_MS
    return nowMs - (audibleSinceMs ?? nowMs) >= waitMs
  }
  const isMore = audible.some((fingerprint) => !told.firing.includes(fingerprint))
  return isMore && nowMs - told.atMs >= route.intervalMs
}
