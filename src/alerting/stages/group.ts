// Second stage: which receivers are told of an alert, and together with which others.
import { groupIdOf, toGroupIdentity } from '../identity.ts'
import type { GroupMemory } from '../memory.ts'
import { isFiring, type Round } from '../round.ts'
import { findDestinations, type Destination } from '../routes.ts'
import type { Alert } from '../../core/alert.ts'

/** More groups than this are no alerts any more but a mistake; what is left out stays in the log and the metrics. */
const MOST_GROUPS = 1_000

export function group(round: Round): void {
  const { memory, policy } = round
  for (const [fingerprint, tracked] of memory.alerts) {
    if (!isFiring(tracked)) continue
    for (const destination of destinationsOf(tracked.alert, policy)) {
      const found = findGroup(round, tracked.alert, destination)
      if (found === undefined) continue
      round.routed.set(found.key, destination.route)
      if (!found.members.includes(fingerprint)) found.members = [...found.members, fingerprint]
    }
  }
}

/** That a receiver cannot be reached is told to the others, also if no route says so. */
function destinationsOf(alert: Alert, { routes, receivers }: Round['policy']): readonly Destination[] {
  const destinations = findDestinations(alert, routes)
  const dead = alert.facts.kind === 'watchdog' ? alert.labels['receiver'] : undefined
  const [route] = routes
  if (dead === undefined || route === undefined) return destinations
  const others = destinations.filter(({ receiver }) => receiver !== dead)
  if (others.length > 0) return others
  return [...receivers.keys()]
    .filter((receiver) => receiver !== dead)
    .map((receiver) => ({ receiver, route: destinations[0]?.route ?? route }))
}

function findGroup(round: Round, alert: Alert, { receiver, route }: Destination): GroupMemory | undefined {
  const { groups } = round.memory
  const identity = toGroupIdentity(alert, route.groupBy)
  const id = groupIdOf(identity)
  const key = `${receiver}: ${id}`
  const found = groups.get(key)
  if (found !== undefined || groups.size >= MOST_GROUPS) return found
  const made: GroupMemory = {
    ...{ ...identity, key, receiver, id, members: [] },
    ...{ audibleSinceMs: undefined, quietSinceMs: undefined, told: undefined, owed: undefined },
    ...{ resolvedAtMs: undefined, relapses: 0 },
  }
  groups.set(key, made)
  return made
}
