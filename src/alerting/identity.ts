// When two alerts, or two groups of them, are the same. Pure.
import { createHash } from 'node:crypto'
import type { Alert, Severity } from '../core/alert.ts'

type Labels = Readonly<Record<string, string>>

/** The labels in one order, so that equal ones give equal text. */
function printLabels(labels: Labels): string {
  const pairs = Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}}`
}

/** A page and a ticket about the same are two alerts: each begins and ends by itself. */
export function fingerprintOf({
  severity,
  name,
  labels,
}: Pick<Alert, 'severity' | 'name' | 'labels'>): string {
  return `${severity} ${name}${printLabels(labels)}`
}

export interface GroupIdentity {
  readonly severity: Severity
  readonly name: string
  /** Only those that the group is made by. */
  readonly labels: Labels
}

/** Alerts of one name and severity that have these labels in common are told in one message. */
export function toGroupIdentity(alert: Alert, groupBy: readonly string[]): GroupIdentity {
  const labels = Object.fromEntries(
    groupBy.flatMap((label) => (alert.labels[label] === undefined ? [] : [[label, alert.labels[label]]])),
  )
  return { severity: alert.severity, name: alert.name, labels }
}

/** The same for every receiver of the group: what services merge messages by. */
export function groupIdOf(identity: GroupIdentity): string {
  return fingerprintOf(identity)
}

const SHORT_DIGITS = 16

/** For services that want a short key without spaces. */
export function shortKeyOf(groupId: string): string {
  return createHash('sha256').update(groupId).digest('hex').slice(0, SHORT_DIGITS)
}
