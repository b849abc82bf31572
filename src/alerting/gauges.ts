// What metrics show of alerts. Pure.
import type { Severity } from '../core/alert.ts'
import type { TrackedAlert } from './memory.ts'
import { isFiring } from './round.ts'
import type { Vital } from './watchdog.ts'

type AlertState = 'firing' | 'muted'

export interface AlertGauges {
  /** Every severity in every state. */
  readonly alerts: readonly {
    readonly severity: Severity
    readonly state: AlertState
    readonly count: number
  }[]
  /** False while objectives are not evaluated, or messages do not arrive. */
  readonly evaluates: boolean
  readonly delivers: boolean
}

const SEVERITIES = ['page', 'ticket'] as const
const STATES = ['firing', 'muted'] as const

export function toGauges(tracked: Iterable<TrackedAlert>, broken: readonly Vital[]): AlertGauges {
  const firing = [...tracked].filter(isFiring)
  const countOf = (severity: Severity, state: AlertState): number =>
    firing.filter(
      ({ alert, mutedBy }) => alert.severity === severity && (mutedBy !== undefined) === (state === 'muted'),
    ).length
  return {
    alerts: SEVERITIES.flatMap((severity) =>
      STATES.map((state) => ({ severity, state, count: countOf(severity, state) })),
    ),
    evaluates: broken.every(({ part }) => part !== 'evaluation'),
    delivers: broken.every(({ part }) => part !== 'delivery'),
  }
}
