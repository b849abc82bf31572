// A notification of Alertmanager as a message of ours: what fires before what is over, sentences from annotations where there are some,
// labels where there are none. Pure.
import type { Severity } from '../../core/alert.ts'
import { digestOf } from '../identity.ts'
import type { Language, Message, MessageAlert, MessageFact, MessageLink } from '../notifier.ts'
import { composeMessage } from '../texts/compose.ts'
import { printMoment } from '../texts/values.ts'
import type { Payload, PayloadAlert } from './payload.ts'
import { BRIDGE_PHRASES, type BridgePhrases } from './phrases.ts'

export interface Telling {
  readonly language: Language
  readonly timeZone: string
  readonly nowMs: number
}

/** More sentences than these are read by nobody; services cut again by what they take. */
const MOST_SENTENCES = 20
const MOST_FACTS = 12
const UNNAMED = 'alert'

export function describePayload(payload: Payload, { language, timeZone, nowMs }: Telling): Message {
  const phrases = BRIDGE_PHRASES[language]
  const alerts = [...payload.alerts].sort((left, right) => rank(left) - rank(right))
  const firing = alerts.filter(({ status }) => status === 'firing')
  const severity = severityOf(firing.length > 0 ? firing : alerts)
  return composeMessage({
    id: toId(payload, nowMs),
    key: `alertmanager:${payload.groupKey}`,
    kind: firing.length > 0 ? 'firing' : 'resolved',
    severity,
    language,
    title: toTitle(payload, { severity, firing: firing.length, phrases }),
    paragraphs: toParagraphs(alerts, payload, phrases),
    facts: toFacts(alerts, payload, { phrases, timeZone }),
    links: toLinks(alerts, payload, phrases),
    // Silences are Alertmanager's own; a link leads there.
    silenceCommand: undefined,
    alerts: alerts.map((alert) => toMessageAlert(alert, nowMs)),
    createdAtMs: nowMs,
  })
}

/** Alertmanager does not say which try it is. What it sends within this is the same; it says nothing anew so soon. */
const SAME_MS = 5 * 60_000

function toId({ groupKey, alerts }: Payload, nowMs: number): string {
  const told = alerts.map(({ fingerprint, labels, status, startsAt }) =>
    JSON.stringify([fingerprint ?? Object.entries(labels).toSorted(), status, startsAt]),
  )
  return digestOf([groupKey, Math.floor(nowMs / SAME_MS), ...told.toSorted()])
}

function rank({ status }: PayloadAlert): number {
  return status === 'firing' ? 0 : 1
}

/** What people commonly call what somebody is woken for. */
const PAGES = /^(page|critical|crit|emergency|fatal|disaster|p[01]|sev-?[01])$/i

function severityOf(alerts: readonly PayloadAlert[]): Severity {
  return alerts.some(({ labels }) => PAGES.test(labels['severity'] ?? '')) ? 'page' : 'ticket'
}

interface Counted {
  readonly severity: Severity
  readonly firing: number
  readonly phrases: BridgePhrases
}

function toTitle({ alerts, ...payload }: Payload, { severity, firing, phrases }: Counted): string {
  const { commonLabels, groupLabels, truncatedAlerts = 0 } = payload
  const names = [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? UNNAMED))]
  const subject = commonLabels['alertname'] ?? groupLabels['alertname'] ?? names.slice(0, 3).join(', ')
  const isOne = alerts.length === 1 && truncatedAlerts === 0
  const counts = isOne ? '' : phrases.counts(firing, alerts.length - firing)
  return firing > 0
    ? phrases.titleFiring(phrases.severity[severity], `${subject}${counts}`)
    : phrases.titleResolved(`${subject}${counts}`)
}

function toParagraphs(
  alerts: readonly PayloadAlert[],
  { truncatedAlerts = 0 }: Payload,
  phrases: BridgePhrases,
): readonly string[] {
  const sentences = alerts.map((alert) => {
    const sentence = sentenceOf(alert)
    return alert.status === 'firing' ? sentence : phrases.resolved(sentence)
  })
  const told = [...new Set(sentences)]
  const left = Math.max(0, told.length - MOST_SENTENCES) + truncatedAlerts
  return [...told.slice(0, MOST_SENTENCES), ...(left > 0 ? [phrases.more(left)] : [])]
}

/** The annotations that rules commonly have, the shortest kind first. */
const SENTENCES = ['summary', 'description', 'message'] as const

function sentenceOf({ annotations, labels }: PayloadAlert): string {
  const texts = SENTENCES.flatMap((name) => annotations[name] ?? []).filter((text) => text.trim() !== '')
  if (texts.length > 0) return [...new Set(texts.slice(0, 2))].join(' ')
  const pairs = Object.entries(labels).filter(([name]) => name !== 'alertname' && name !== 'severity')
  const name = labels['alertname'] ?? UNNAMED
  return pairs.length === 0 ? name : `${name} ${pairs.map(([key, value]) => `${key}=${value}`).join(' ')}`
}

interface Printing {
  readonly phrases: BridgePhrases
  readonly timeZone: string
}

function toFacts(
  alerts: readonly PayloadAlert[],
  { commonLabels }: Payload,
  { phrases, timeZone }: Printing,
): readonly MessageFact[] {
  const labels = Object.entries(commonLabels)
    .filter(([name]) => name !== 'alertname')
    .map(([label, text]) => ({ label, text }))
  const started = alerts.flatMap(({ startsAt }) => startsAt ?? [])
  const ended = alerts.flatMap(({ status, endsAt }) => (status === 'resolved' ? (endsAt ?? []) : []))
  const print = (label: string, atMs: number): MessageFact => ({ label, text: printMoment(atMs, timeZone) })
  return [
    ...(started.length === 0 ? [] : [print(phrases.since, Math.min(...started))]),
    ...(ended.length < alerts.length ? [] : [print(phrases.until, Math.max(...ended))]),
    ...labels.slice(0, MOST_FACTS),
  ]
}

function toLinks(
  alerts: readonly PayloadAlert[],
  { externalURL, commonLabels, commonAnnotations, status }: Payload,
  phrases: BridgePhrases,
): readonly MessageLink[] {
  const [first] = alerts
  const annotation = (name: string): string | undefined => commonAnnotations[name] ?? first?.annotations[name]
  const candidates: readonly (readonly [string, string | undefined])[] = [
    [phrases.runbook, annotation('runbook_url') ?? annotation('runbook')],
    [phrases.dashboard, annotation('dashboard_url') ?? annotation('dashboard')],
    [phrases.source, first?.generatorURL],
    [phrases.silence, status === 'firing' ? toSilenceUrl(externalURL, commonLabels) : undefined],
  ]
  return candidates.flatMap(([label, url]) => (url !== undefined && isLink(url) ? [{ label, url }] : []))
}

/** The form of Alertmanager's own page, filled in. */
function toSilenceUrl(
  externalURL: string | undefined,
  labels: Readonly<Record<string, string>>,
): string | undefined {
  if (externalURL === undefined || externalURL === '') return undefined
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${externalURL.replace(/\/+$/, '')}/#/silences/new?filter=${encodeURIComponent(`{${matchers.join(',')}}`)}`
}

function isLink(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url)
}

function toMessageAlert(alert: PayloadAlert, nowMs: number): MessageAlert {
  const { labels, annotations, startsAt = nowMs, endsAt, status } = alert
  const { alertname: name = UNNAMED, severity: _, ...rest } = labels
  return {
    alert: { name, labels: rest, severity: severityOf([alert]), startedAtMs: startsAt },
    annotations,
    endedAtMs: status === 'resolved' ? (endsAt ?? nowMs) : undefined,
    summary: sentenceOf(alert),
  }
}
