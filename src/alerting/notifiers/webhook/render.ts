// A message as JSON for programs: everything it holds, under names that stay. Pure.
import { toInstantText } from '../text/instant.ts'
import type { Message, MessageAlert } from '../../notifier.ts'

/** Grows when a field changes its meaning or goes; new fields do not count. */
const VERSION = 1
/** Servers commonly take a megabyte; a group of so many alerts is read by nobody to its end. */
const MAX_ALERTS_BYTES = 700_000

export function toWebhookBody(message: Message): string {
  const { key, kind, severity, language, title, paragraphs, facts, links, silenceCommand, text } = message
  const alerts = takeAlerts(message.alerts)
  return JSON.stringify({
    version: VERSION,
    kind,
    key,
    severity,
    language,
    title,
    paragraphs,
    facts,
    links,
    silenceCommand: silenceCommand ?? null,
    text,
    alerts,
    truncatedAlerts: message.alerts.length - alerts.length,
    createdAt: toInstantText(message.createdAtMs),
  })
}

function takeAlerts(alerts: readonly MessageAlert[]): readonly unknown[] {
  const taken: unknown[] = []
  let bytes = 0
  for (const each of alerts) {
    const shown = toShown(each)
    bytes += Buffer.byteLength(JSON.stringify(shown))
    if (bytes > MAX_ALERTS_BYTES) break
    taken.push(shown)
  }
  return taken
}

function toShown({ alert, endedAtMs, summary, annotations }: MessageAlert): unknown {
  return {
    name: alert.name,
    labels: alert.labels,
    severity: alert.severity,
    startedAt: toInstantText(alert.startedAtMs),
    endedAt: endedAtMs === undefined ? null : toInstantText(endedAtMs),
    summary,
    ...(alert.facts === undefined ? {} : { facts: alert.facts }),
    ...(annotations === undefined ? {} : { annotations }),
  }
}
