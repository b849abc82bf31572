// One cause is told once: a promise that is broken because a backend does not answer, and the backend that does not, whichever was
// told first; a budget that is spent, and that it is being spent. Only from people who hear of the other one. Pure.
import type { Alert } from '../core/alert.ts'
import type { TrackedAlert } from './memory.ts'
import { isFiring, type Round } from './round.ts'
import { findDestinations } from './routes.ts'

/** What failed elsewhere with at least this share is another story. */
const LEAST_SHARE_RATIO = 0.1
/** The shortest window in which a promise burns, and a round or two: so long it still burns when the backend is back. */
const ECHO_MS = 6 * 60_000
/** The same of the slower pair of windows, in which nothing new burns. */
const LONG_ECHO_MS = 36 * 60_000

export interface OneCauseInput {
  readonly round: Round
  readonly tracked: TrackedAlert
  /** What holds, and what is over and not told to be so yet. */
  readonly others: readonly TrackedAlert[]
  /** Silenced, in planned work, or hidden by something else. */
  readonly isUnheard: (alert: Alert) => boolean
}

/** The alert that tells the same cause; undefined where there is none that people hear of. */
export function findSameCause({ round, tracked, others, isUnheard }: OneCauseInput): Alert | undefined {
  const { alert } = tracked
  const isTold = toldIn(round)
  const isInstead = (other: TrackedAlert): boolean =>
    !isUnheard(other.alert) && reachesAll(round, other.alert, alert)
  if (alert.facts.kind === 'backend-down') {
    const pages = others.filter((other) => coversBackend(other.alert, alert) && isInstead(other))
    return pages.find((page) => isTold(page) || !isTold(tracked))?.alert
  }
  if (alert.facts.kind !== 'burn') return undefined
  if (alert.severity === 'ticket')
    return others.find((other) => isSpent(other.alert, alert) && isInstead(other))?.alert
  if (isTold(tracked)) return undefined
  const known = [...round.memory.alerts.values()].filter((other) => other.alert.facts.kind === 'backend-down')
  return known.find(
    (other) =>
      other.alert.severity === 'page' &&
      (isFiring(other) ? coversBackend(alert, other.alert) : isEcho(round, tracked, other)) &&
      (isTold(other) || !isFiring(other)) &&
      isInstead(other),
  )?.alert
}

/** That a promise is broken says more than that it would be soon, also to who has read the latter. */
function isSpent({ facts }: Alert, burn: Alert): boolean {
  return (
    facts.kind === 'exhausted' &&
    burn.facts.kind === 'burn' &&
    facts.slo.objective === burn.facts.slo.objective
  )
}

/** A page about a promise that names the backend says what the backend's own page would, and whom it hurts. */
function coversBackend(page: Alert, { facts }: Alert): boolean {
  if (facts.kind !== 'backend-down' || page.facts.kind !== 'burn' || page.severity !== 'page') return false
  const { down = [], blamed } = page.facts.slo
  if (!down.some(({ backend }) => backend === facts.backend)) return false
  const large = blamed.filter(({ shareRatio }) => shareRatio >= LEAST_SHARE_RATIO)
  return large.length === 0 || large.some(({ backend }) => backend === undefined || backend === facts.backend)
}

/** What the backend hid while it was away burns on for a while when it is back, unless something new does. */
function isEcho(
  { nowMs }: Round,
  { alert, mutedBy }: TrackedAlert,
  { alert: down, endedAtMs = nowMs }: TrackedAlert,
): boolean {
  if (mutedBy?.by !== 'inhibition' || mutedBy.alert !== down.name || alert.facts.kind !== 'burn') return false
  const backForMs = nowMs - endedAtMs
  return backForMs < ECHO_MS || (backForMs < LONG_ECHO_MS && alert.facts.isEasing === true)
}

function toldIn({ memory }: Round): (tracked: TrackedAlert) => boolean {
  return (tracked) => {
    const fingerprint = [...memory.alerts].find(([, each]) => each === tracked)?.[0]
    return (
      fingerprint !== undefined &&
      [...memory.groups.values()].some(({ told }) => told?.firing.includes(fingerprint) === true)
    )
  }
}

/** Whether everybody who would be told of an alert is told of the other one. */
function reachesAll({ policy }: Round, other: Alert, alert: Alert): boolean {
  const told = new Set(findDestinations(other, policy.routes).map(({ receiver }) => receiver))
  return findDestinations(alert, policy.routes).every(({ receiver }) => told.has(receiver))
}
