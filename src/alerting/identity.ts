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

const ID_DIGITS = 32

export interface Notification {
  readonly groupId: string
  readonly kind: 'firing' | 'resolved'
  /** Of the first alert in it. */
  readonly startedAtMs: number
  /** When the one before it arrived; undefined: it is the first. */
  readonly toldAtMs: number | undefined
  /** Fingerprints of what it tells. */
  readonly alerts: readonly string[]
}

/**
 * The same for every try, also by another process that goes on from what was kept: of what is told, not of how it is put and when.
 * With another alert in it, it is another one: who drops what came twice must not miss that.
 */
export function notificationIdOf({ groupId, kind, startedAtMs, toldAtMs, alerts }: Notification): string {
  return digestOf([groupId, kind, startedAtMs, toldAtMs ?? 0, ...alerts.toSorted()])
}

/** Of whatever else tells one message from the next. */
export function digestOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, ID_DIGITS)
}

const SHORT_DIGITS = 16

/** For services that want a short key without spaces. */
export function shortKeyOf(groupId: string): string {
  return createHash('sha256').update(groupId).digest('hex').slice(0, SHORT_DIGITS)
}
