// What the pipeline remembers from round to round and over restarts: alerts seen, groups told. Types, and the empty memory.
import type { Alert, Severity } from '../core/alert.ts'

/** Why an alert is not told now. */
export type Mute =
  | { readonly by: 'silence'; readonly id: string; readonly author: string; readonly untilMs: number }
  | { readonly by: 'maintenance'; readonly window: string }
  | { readonly by: 'inhibition'; readonly alert: string }

export interface TrackedAlert {
  /** As it was when it was last seen to hold. */
  alert: Alert
  lastSeenMs: number
  /** When it was first seen not to hold; undefined while it does. */
  endedAtMs: number | undefined
  mutedBy: Mute | undefined
}

/** What a receiver was told of a group and has not been told the end of. */
export interface Told {
  atMs: number
  /** When it was told for the first time. */
  firstAtMs: number
  /** Fingerprints. */
  readonly firing: readonly string[]
  /** Who took it: the receiver, or its fallback. */
  readonly via: string
}

/** What is to be told and has not arrived yet. */
export interface Owed {
  readonly kind: 'firing' | 'resolved'
  readonly sinceMs: number
  /** Tries that did not arrive. */
  attempts: number
  /** What the last of them was answered. */
  reason: string | undefined
  /** Not tried before; set once giving up. */
  notBeforeMs: number
}

/** Alerts that one receiver is told of together. */
export interface GroupMemory {
  readonly key: string
  readonly receiver: string
  readonly id: string
  readonly severity: Severity
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Fingerprints of all that belonged to it since it began. */
  members: readonly string[]
  /** Since when something of it holds that may be told; undefined while nothing does. */
  audibleSinceMs: number | undefined
  /** Since when nothing of it holds any more. */
  quietSinceMs: number | undefined
  told: Told | undefined
  owed: Owed | undefined
  /** When its end was told; kept for a while, to know what comes back. */
  resolvedAtMs: number | undefined
  /** How often it came back soon after it was over. */
  relapses: number
}

export interface Memory {
  readonly alerts: Map<string, TrackedAlert>
  readonly groups: Map<string, GroupMemory>
  /** When it was last known what holds; undefined: never. */
  evaluatedAtMs: number | undefined
}

export function createMemory(): Memory {
  return { alerts: new Map(), groups: new Map(), evaluatedAtMs: undefined }
}
