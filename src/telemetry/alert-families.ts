// The metrics of alerting, from what is known when a page is asked for. Counts nothing itself.
import type { AlertsLive } from '../core/live.ts'
import { ALERT_METRICS } from './catalogue/alerts.ts'
import { toSampledFamily } from './exposition.ts'
import type { SampledFamily } from './exposition.ts'

/** Lines of exposition set aside: two severities in two states, and two parts. */
const OWN_LINES = 6

export function linesOfAlerts(live: AlertsLive | undefined): number {
  return live === undefined ? 0 : OWN_LINES + live.notifications.length
}

export function toAlertFamilies(live: AlertsLive | undefined): readonly SampledFamily[] {
  if (live === undefined) return []
  const { alerts, alertingUp, notifications } = ALERT_METRICS
  return [
    toSampledFamily(
      alerts,
      live.alerts.map(({ severity, state, count }) => [[severity, state], count] as const),
    ),
    toSampledFamily(alertingUp, [
      [['evaluation'], Number(live.evaluates)],
      [['delivery'], Number(live.delivers)],
    ]),
    toSampledFamily(
      notifications,
      live.notifications.map(({ receiver, result, count }) => [[receiver, result], count] as const),
    ),
  ]
}
