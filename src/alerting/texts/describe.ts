// What is said of a group, of several at once, of a test and of a beat: facts in, a message in one language out. Pure.
import type { Alert, Severity } from '../../core/alert.ts'
import { digestOf, fingerprintOf, type GroupIdentity } from '../identity.ts'
import type { Language, Message, MessageAlert, MessageKind } from '../notifier.ts'
import type { LinkTemplates } from '../policy.ts'
import { composeMessage } from './compose.ts'
import { toLinks } from './links.ts'
import type { Phrases } from './phrases.ts'
import { toSilenceCommand } from './silence-command.ts'
import { begunAtMs, toBlame, toFacts, toScope, toSentence, toSubject, toUnanswered } from './subject.ts'
import { PHRASES, printMoment, printRange, printSpan } from './values.ts'

export interface StoryAlert {
  readonly alert: Alert
  /** Undefined while it fires. */
  readonly endedAtMs: number | undefined
}

export interface GroupStory extends GroupIdentity {
  readonly id: string
  readonly notificationId: string
  readonly kind: 'firing' | 'resolved'
  /** Of a resolved group, all that belonged to it; else those that fire. Never empty. */
  readonly alerts: readonly StoryAlert[]
  /** Of a group that still fires: those that do not any more. */
  readonly over: readonly StoryAlert[]
  readonly startedAtMs: number
  readonly endedAtMs: number | undefined
  readonly relapses: number
  /** How long it must be quiet to count as over. */
  readonly quietNeededMs: number
  /** Why it could not be told before, as far as it was tried; undefined where it was told. */
  readonly late: { readonly reason: string | undefined } | undefined
  readonly runbook: string | undefined
}

export interface Telling {
  readonly language: Language
  readonly links: LinkTemplates
  readonly timeZone: string
  readonly nowMs: number
}

/** A line each; more is read nowhere. */
const MOST_LINES = 8
/** What led to it is looked for a little before it. */
const LEAD_MS = 15 * 60_000

export function describeGroup(story: GroupStory, telling: Telling): Message {
  const { language, nowMs } = telling
  const phrases = PHRASES[language]
  const first = story.alerts[0]?.alert
  const { id: key, notificationId: id, kind, severity } = story
  const parts = { id, key, kind, severity, language, createdAtMs: nowMs }
  const subject = toSubjectOf(story, phrases)
  const title =
    story.kind === 'firing'
      ? phrases.titleFiring(phrases.severity[story.severity], subject)
      : phrases.titleResolved(
          phrases.severity[story.severity],
          subject,
          printSpan(lengthOf(story, nowMs), phrases),
        )
  return composeMessage({
    ...{ ...parts, title, paragraphs: toParagraphs(story, telling, phrases) },
    facts:
      story.alerts.length === 1 && first !== undefined
        ? toFacts(first, phrases, { isOver: kind === 'resolved' })
        : [],
    links: first === undefined ? [] : toLinks(telling.links, toLinkSubject(story, first, nowMs), phrases),
    silenceCommand:
      story.kind === 'firing'
        ? toSilenceCommand(
            story,
            story.alerts.map(({ alert }) => alert),
          )
        : undefined,
    alerts: toMessageAlerts(story, phrases),
  })
}

function toSubjectOf({ alerts }: GroupStory, phrases: Phrases): string {
  const [first, ...others] = alerts
  const subject = first === undefined ? '' : toSubject(first.alert, phrases)
  return others.length === 0 ? subject : phrases.andMore(subject, others.length)
}

function beginningOf({ alerts, startedAtMs }: GroupStory): number {
  return Math.min(startedAtMs, ...alerts.map(({ alert }) => begunAtMs(alert)))
}

function lengthOf(story: GroupStory, nowMs: number): number {
  return (story.endedAtMs ?? nowMs) - beginningOf(story)
}

function toParagraphs(story: GroupStory, telling: Telling, phrases: Phrases): readonly string[] {
  const { alerts } = story
  const first = alerts[0]?.alert
  const when = toWhen(story, telling, phrases)
  if (first === undefined) return [when]
  const isOver = story.kind === 'resolved'
  const sentences =
    alerts.length === 1
      ? [
          [...toWhat(first, phrases, isOver), when].join(phrases.sentenceJoint),
          // Where to go, before why. Of what is over nobody knows here whether it answers by now.
          isOver ? undefined : toUnanswered(first.facts, phrases),
          toBlame(first.facts, phrases),
        ]
      : [...toLines(alerts, phrases, isOver), when]
  return [...sentences, ...toRemarks(story, phrases)].filter((sentence) => sentence !== undefined)
}

function toWhen(story: GroupStory, { timeZone, nowMs }: Telling, phrases: Phrases): string {
  const { endedAtMs } = story
  const span = printSpan(lengthOf(story, nowMs), phrases)
  const fromMs = beginningOf(story)
  if (endedAtMs === undefined) return phrases.since(printMoment(fromMs, timeZone), span)
  return phrases.lasted(...printRange(fromMs, endedAtMs, timeZone), span)
}

function toWhat(alert: Alert, phrases: Phrases, isOver: boolean): readonly string[] {
  const scope = toScope(alert, phrases)
  return [toSentence(alert, phrases, { isOver }), ...(scope === undefined ? [] : [scope])]
}

function toLines(alerts: readonly StoryAlert[], phrases: Phrases, isOver: boolean): readonly string[] {
  const lines = alerts
    .slice(0, MOST_LINES)
    .map(({ alert }) => toWhat(alert, phrases, isOver).join(phrases.sentenceJoint))
  return alerts.length > MOST_LINES ? [...lines, phrases.more(alerts.length - MOST_LINES)] : lines
}

function toRemarks(story: GroupStory, phrases: Phrases): readonly (string | undefined)[] {
  const { over, relapses, quietNeededMs, late, kind } = story
  return [
    over.length > 0 ? phrases.someOver(over.length) : undefined,
    relapses > 0 && kind === 'firing'
      ? phrases.relapsed(relapses, printSpan(quietNeededMs, phrases))
      : undefined,
    late === undefined ? undefined : phrases.late(late.reason),
  ]
}

function toLinkSubject(story: GroupStory, alert: Alert, nowMs: number) {
  const { endedAtMs, runbook } = story
  return { alert, runbook, fromMs: beginningOf(story) - LEAD_MS, toMs: endedAtMs ?? nowMs }
}

function toMessageAlerts({ alerts, over }: GroupStory, phrases: Phrases): readonly MessageAlert[] {
  return [...alerts, ...over].map(({ alert, endedAtMs }) => ({
    alert,
    endedAtMs,
    summary: toSentence(alert, phrases, { isOver: endedAtMs !== undefined }),
  }))
}

/** Several groups in one message, for a service that takes no more messages now. One line a group. */
export function describeMany(stories: readonly GroupStory[], telling: Telling): Message {
  const phrases = PHRASES[telling.language]
  const messages = stories.map((story) => describeGroup(story, telling))
  const firing = messages.filter(({ kind }) => kind === 'firing')
  const kind: MessageKind = firing.length > 0 ? 'firing' : 'resolved'
  const severity: Severity = (firing.length > 0 ? firing : messages).some((each) => each.severity === 'page')
    ? 'page'
    : 'ticket'
  const ordered = [...firing, ...messages.filter((each) => each.kind !== 'firing')]
  const titles = ordered.slice(0, MOST_LINES).map(({ title }) => title)
  const left = ordered.length - titles.length
  return composeMessage({
    ...{ kind, severity, language: telling.language, createdAtMs: telling.nowMs },
    id: digestOf(stories.map(({ notificationId }) => notificationId).toSorted()),
    key: stories.map(({ id }) => id).join('\n'),
    title: phrases.titleMany({
      severity: phrases.severity[severity],
      firing: firing.length,
      over: messages.length - firing.length,
    }),
    paragraphs: left > 0 ? [...titles, phrases.more(left)] : titles,
    ...{ facts: [], links: [], silenceCommand: undefined },
    alerts: ordered.flatMap(({ alerts }) => alerts),
  })
}

type Announcement = Pick<Telling, 'language' | 'nowMs'>

/** Says of itself, in its first word, that it is a test. */
export function describeTest(receiver: string, { language, nowMs }: Announcement): Message {
  const { titleTest, testBody } = PHRASES[language]
  return announce('test', { language, nowMs }, [titleTest(receiver), testBody(receiver)])
}

export function describeBeat({ language, nowMs }: Announcement): Message {
  const { titleHeartbeat, heartbeatBody } = PHRASES[language]
  return announce('heartbeat', { language, nowMs }, [titleHeartbeat, heartbeatBody])
}

function announce(
  kind: 'test' | 'heartbeat',
  { language, nowMs }: Announcement,
  [title, body]: readonly [string, string],
): Message {
  return composeMessage({
    ...{ kind, language, title, severity: 'ticket', createdAtMs: nowMs, paragraphs: [body] },
    id: digestOf([kind, title, nowMs]),
    ...{ key: `weir ${kind}`, facts: [], links: [], silenceCommand: undefined, alerts: [] },
  })
}

/** For the log and lists: an alert in one English line. */
export function summarize(alert: Alert): string {
  return `${fingerprintOf(alert)}: ${toSubject(alert, PHRASES.en)}`
}
