// Which alerts need not be told because another one says it already: the gateway is down, or people are being woken for the
// same objective. Pure.
import type { Alert } from '../core/alert.ts'
import { matches, type Matcher } from './matcher.ts'
import type { Inhibition } from './policy.ts'

const PAGE: Matcher = { key: 'severity', pattern: 'page' }
const TICKET: Matcher = { key: 'severity', pattern: 'ticket' }

/** A page about an objective says more than its ticket, and sooner. */
const PAGE_HIDES_TICKET: Inhibition = { source: [PAGE], target: [TICKET], equal: ['slo'] }

export const OWN_INHIBITIONS: readonly Inhibition[] = [PAGE_HIDES_TICKET]

/** The alert that hides this one; undefined: none does. */
export function findInhibitor(
  alert: Alert,
  firing: readonly Alert[],
  inhibitions: readonly Inhibition[],
): Alert | undefined {
  // What says that alerting itself is broken must not be hidden by what alerting thinks.
  if (alert.facts.kind === 'watchdog') return undefined
  return firing.find((source) => {
    if (source === alert) return false
    if (source.facts.kind === 'gateway-down') return alert.facts.kind !== 'gateway-down'
    return inhibitions.some((rule) => hides(rule, source, alert))
  })
}

function hides({ source, target, equal }: Inhibition, cause: Alert, alert: Alert): boolean {
  if (!matches(cause, source) || !matches(alert, target)) return false
  // Alertmanager takes two missing labels for equal ones, which has muted whole sites.
  return equal.every(
    (label) => cause.labels[label] !== undefined && cause.labels[label] === alert.labels[label],
  )
}
