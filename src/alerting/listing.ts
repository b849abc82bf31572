// What `weir alerts list` shows, from what a gateway has written down: alerts, who was told of them, silences. Pure.
import type { Alert } from '../core/alert.ts'
import { matches, printMatcher } from './matcher.ts'
import type { GroupMemory, Memory, TrackedAlert } from './memory.ts'
import type { WrittenMemory } from './memory-text.ts'
import { printMute } from './report.ts'
import { isFiring } from './round.ts'
import { isActive, type Silence } from './silence.ts'
import { PHRASES } from './texts/values.ts'
import { toSubject } from './texts/subject.ts'

export interface ListedReceiver {
  readonly receiver: string
  /** Undefined: not yet. */
  readonly toldAtMs: number | undefined
  /** Who took it in its place. */
  readonly via: string | undefined
  /** Why it has not arrived. */
  readonly reason: string | undefined
}

export interface ListedAlert {
  readonly name: string
  readonly severity: Alert['severity']
  readonly labels: Readonly<Record<string, string>>
  readonly startedAtMs: number
  readonly summary: string
  /** Why nobody is told; undefined where somebody is. */
  readonly mutedBy: string | undefined
  readonly receivers: readonly ListedReceiver[]
}

export interface ListedSilence {
  readonly id: string
  readonly matchers: readonly string[]
  readonly author: string
  readonly reason: string
  readonly createdAtMs: number
  readonly endsAtMs: number
  readonly isActive: boolean
  /** Alerts that hold now and fall under it. */
  readonly matching: number
}

export interface AlertListing {
  /** When a gateway wrote it down; undefined: none ever has. */
  readonly asOfMs: number | undefined
  /** When it was last known what holds. */
  readonly evaluatedAtMs: number | undefined
  /** Pages first, then the oldest. */
  readonly alerts: readonly ListedAlert[]
  readonly silences: readonly ListedSilence[]
}

export interface ListingInput {
  readonly written: WrittenMemory | undefined
  readonly silences: readonly Silence[]
  readonly nowMs: number
}

export function toListing({ written, silences, nowMs }: ListingInput): AlertListing {
  const memory = written?.memory
  const firing = memory === undefined ? [] : [...memory.alerts].filter(([, tracked]) => isFiring(tracked))
  return {
    asOfMs: written?.writtenAtMs,
    evaluatedAtMs: memory?.evaluatedAtMs,
    alerts: firing
      .map(([fingerprint, tracked]) => toListed(fingerprint, tracked, memory))
      .toSorted((left, right) => orderOf(left) - orderOf(right) || left.startedAtMs - right.startedAtMs),
    silences: silences.map((silence) => toListedSilence(silence, firing, nowMs)),
  }
}

function orderOf({ severity }: ListedAlert): number {
  return severity === 'page' ? 0 : 1
}

function toListed(fingerprint: string, tracked: TrackedAlert, memory: Memory | undefined): ListedAlert {
  const { alert, mutedBy } = tracked
  const { name, severity, labels, startedAtMs } = alert
  const groups = [...(memory?.groups.values() ?? [])].filter(({ members }) => members.includes(fingerprint))
  return {
    ...{ name, severity, labels, startedAtMs },
    summary: toSubject(alert, PHRASES.en),
    mutedBy: mutedBy === undefined ? undefined : printMute(mutedBy),
    receivers: groups.map((group) => toReceiver(fingerprint, group)),
  }
}

function toReceiver(fingerprint: string, { receiver, told, owed }: GroupMemory): ListedReceiver {
  const isTold = told?.firing.includes(fingerprint) === true
  return {
    receiver,
    toldAtMs: isTold ? told.atMs : undefined,
    via: isTold && told.via !== receiver ? told.via : undefined,
    reason: owed?.reason,
  }
}

function toListedSilence(
  silence: Silence,
  firing: readonly (readonly [string, TrackedAlert])[],
  nowMs: number,
): ListedSilence {
  const { matchers, ...rest } = silence
  return {
    ...rest,
    matchers: matchers.map(printMatcher),
    isActive: isActive(silence, nowMs),
    matching: firing.filter(([, { alert }]) => matches(alert, matchers)).length,
  }
}
