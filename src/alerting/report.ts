// What alerting writes to the log, as a port: one line for each change, whether or not anybody is told.
import { PHRASES } from './texts/values.ts'
import { toSubject } from './texts/subject.ts'
import type { AlertChange } from './round.ts'

export interface ReportFields {
  readonly alert?: string
  readonly severity?: string
  readonly labels?: string
  readonly receiver?: string
  readonly reason?: string | undefined
  readonly state?: string
  readonly durationMs?: number
  readonly count?: number
  readonly hint?: string
  readonly error?: unknown
}

export type Report = (level: 'info' | 'warn' | 'error', message: string, fields?: ReportFields) => void

const MESSAGES = {
  began: ['warn', 'an alert fires'],
  ended: ['info', 'an alert is over'],
  muted: ['info', 'an alert is muted'],
  unmuted: ['info', 'an alert is muted no longer'],
} as const

export function reportChange(report: Report, { change, tracked }: AlertChange): void {
  const { alert, endedAtMs, mutedBy } = tracked
  const { name, severity, labels, startedAtMs } = alert
  const [level, message] = MESSAGES[change]
  report(level, message, {
    ...{ alert: name, severity, labels: printPairs(labels) },
    ...(change === 'began' && { reason: toSubject(alert, PHRASES.en) }),
    ...(change === 'muted' && { reason: mutedBy === undefined ? undefined : printMute(mutedBy) }),
    ...(endedAtMs !== undefined && { durationMs: endedAtMs - startedAtMs }),
  })
}

export function printPairs(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}

type Mute = NonNullable<AlertChange['tracked']['mutedBy']>

/** Why, in a few words. */
export function printMute(mute: Mute): string {
  switch (mute.by) {
    case 'silence':
      return `silence ${mute.id} by ${mute.author}`
    case 'maintenance':
      return `maintenance ${mute.window}`
    case 'inhibition':
      return `hidden by ${mute.alert}`
  }
}
