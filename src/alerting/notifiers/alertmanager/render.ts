// Alerts as Alertmanager's second interface takes them: labels that make them the same or another, annotations, and until when
// they are to be taken for true. Pure.
import { toInstantText } from '../text/instant.ts'
import type { Message, MessageAlert } from '../../notifier.ts'
import { cut, inUnits } from '../text/cut.ts'
import { toPlain, toSafeUrl } from '../text/plain.ts'

export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL?: string
}

/** Prometheus lets an alert go that was not told again four times; so do we. */
const REFRESHES_FOREGONE = 4
export const REFRESH_MS = 60_000
const VALID_MS = REFRESH_MS * REFRESHES_FOREGONE
/** A test is told once and should not stay. */
const TEST_VALID_MS = 60_000
const MAX_ANNOTATION_UNITS = 4_000

export function toPostedAlerts(
  message: Message,
  extra: Readonly<Record<string, string>>,
  nowMs: number,
): readonly PostedAlert[] {
  const { kind, alerts } = message
  if (alerts.length > 0) return alerts.map((each) => toPosted(each, { message, extra, nowMs }))
  // A group of alerts that have all ended, with nothing left to say which, would end nothing.
  if (kind === 'resolved' || kind === 'firing') return []
  return [toOwn(message, extra, nowMs)]
}

interface Context {
  readonly message: Message
  readonly extra: Readonly<Record<string, string>>
  readonly nowMs: number
}

function toPosted(each: MessageAlert, { message, extra, nowMs }: Context): PostedAlert {
  const { alert, endedAtMs, summary, annotations } = each
  return {
    labels: toLabels({ ...alert.labels, ...extra, severity: alert.severity, alertname: alert.name }),
    annotations: { ...toAnnotations(message), ...toLabels(annotations ?? {}), summary: text(summary) },
    startsAt: toInstantText(alert.startedAtMs),
    endsAt: toInstantText(endedAtMs ?? nowMs + VALID_MS),
    ...generatorOf(message),
  }
}

/** A test or a sign of life, which has no alert behind it. */
function toOwn(message: Message, extra: Readonly<Record<string, string>>, nowMs: number): PostedAlert {
  const alertname = message.kind === 'test' ? 'WeirTest' : 'WeirHeartbeat'
  const validMs = message.kind === 'test' ? TEST_VALID_MS : VALID_MS
  return {
    labels: toLabels({ ...extra, severity: message.severity, alertname }),
    annotations: { ...toAnnotations(message), summary: text(message.title) },
    startsAt: toInstantText(message.createdAtMs),
    endsAt: toInstantText(nowMs + validMs),
    ...generatorOf(message),
  }
}

function toAnnotations({ text: description, links, silenceCommand }: Message): Record<string, string> {
  const runbook = links.find(({ label }) => /runbook/i.test(label))
  return {
    description: cut(description.toWellFormed(), { max: MAX_ANNOTATION_UNITS, measure: inUnits }),
    ...(runbook === undefined ? {} : { runbook_url: runbook.url }),
    ...(silenceCommand === undefined ? {} : { silence: text(silenceCommand) }),
  }
}

function text(words: string): string {
  return cut(toPlain(words), { max: MAX_ANNOTATION_UNITS, measure: inUnits })
}

function generatorOf({ links }: Message): { generatorURL?: string } {
  const url = links[0] === undefined ? undefined : toSafeUrl(links[0].url)
  return url === undefined ? {} : { generatorURL: url }
}

/** Names as Prometheus allows them; an empty value is the same as no label, and Alertmanager refuses the whole message for one. */
function toLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(labels).flatMap(([name, value]): [string, string][] => {
    const words = text(value)
    const allowed = name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_')
    return words === '' || allowed === '' ? [] : [[allowed, words]]
  })
  return Object.fromEntries(named)
}
