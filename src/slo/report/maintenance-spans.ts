// When nothing was promised within a period, as spans that people can read. Pure.
import { createMaintenance, type MaintenanceWindow } from '../maintenance/maintenance.ts'
import { MINUTE_MS } from '../windows/config.ts'
import type { MaintenanceSpan, Span } from './report.ts'

/** By the minute, as events are counted. */
export function toMaintenanceSpans(
  windows: readonly MaintenanceWindow[],
  span: Span,
): readonly MaintenanceSpan[] {
  const spans = windows.flatMap((window) =>
    window.kind === 'once' ? toOnce(window, span) : walk(window, span),
  )
  return spans.toSorted((left, right) => left.fromMinute - right.fromMinute)
}

function toOnce(
  { name, fromMs, toMs }: Extract<MaintenanceWindow, { readonly kind: 'once' }>,
  span: Span,
): readonly MaintenanceSpan[] {
  const fromMinute = Math.max(span.fromMinute, Math.ceil(fromMs / MINUTE_MS))
  const toMinute = Math.min(span.toMinute, Math.ceil(toMs / MINUTE_MS))
  return toMinute > fromMinute ? [{ name, fromMinute, toMinute }] : []
}

/** What the clocks of a zone show is asked minute by minute: nobody sets them by the hour alone. */
function walk(window: MaintenanceWindow, { fromMinute, toMinute }: Span): readonly MaintenanceSpan[] {
  const maintenance = createMaintenance([window])
  const spans: MaintenanceSpan[] = []
  let beganMinute: number | undefined
  for (let minute = fromMinute; minute <= toMinute; minute += 1) {
    const isIn = minute < toMinute && maintenance.at(minute * MINUTE_MS) !== undefined
    if (isIn) beganMinute ??= minute
    else if (beganMinute !== undefined) {
      spans.push({ name: window.name, fromMinute: beganMinute, toMinute: minute })
      beganMinute = undefined
    }
  }
  return spans
}
