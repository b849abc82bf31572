// Who is told what and how often, as the pipeline reads it. Made from the configuration in to-policy.ts; types only.
import type { Alert } from '../core/alert.ts'
import type { Matcher } from './matcher.ts'
import type { Language } from './notifier.ts'

export interface Route {
  /** None: every alert. */
  readonly matchers: readonly Matcher[]
  readonly to: readonly string[]
  /** Whether the routes behind it are asked as well. */
  readonly continues: boolean
  /** Undefined: as the receiver has it. */
  readonly language: Language | undefined
  readonly groupBy: readonly string[]
  /** How long a new group waits for company. */
  readonly waitMs: number
  /** The least time between a message about a group and one that adds to it. */
  readonly intervalMs: number
  /** After how long a group that still fires is told again. */
  readonly repeatMs: { readonly page: number; readonly ticket: number }
}

export interface Inhibition {
  readonly source: readonly Matcher[]
  readonly target: readonly Matcher[]
  /** Labels that both must have, with the same value: one that neither has would mute at random. */
  readonly equal: readonly string[]
}

export interface ReceiverPolicy {
  readonly name: string
  readonly language: Language
  /** Whether it is told when something is over. */
  readonly tellsResolved: boolean
  /** Who is told when this one cannot be. */
  readonly fallback: string | undefined
  readonly timeoutMs: number
  /** It forgets what it is not told again within this; undefined: it remembers by itself. */
  readonly refreshMs: number | undefined
}

export interface LinkTemplates {
  readonly console: string | undefined
  readonly dashboard: string | undefined
  readonly logs: string | undefined
  readonly runbook: string | undefined
}

export interface WatchdogPolicy {
  /** After how long without a success the pipeline counts as dead. */
  readonly afterMs: number
  readonly beat: { readonly to: string; readonly everyMs: number } | undefined
}

export interface Policy {
  readonly receivers: ReadonlyMap<string, ReceiverPolicy>
  /** The first one that matches counts. */
  readonly routes: readonly Route[]
  readonly inhibitions: readonly Inhibition[]
  readonly links: LinkTemplates
  readonly timeZone: string
  /** How long it must be quiet before it is called over. */
  readonly resolveAfterMs: number
  readonly watchdog: WatchdogPolicy
  /** The page that says what to do, where the objective or rule names one of its own. */
  readonly runbookOf: (alert: Alert) => string | undefined
  /** The window of planned work that an alert falls into, by its name; undefined outside of any. */
  readonly maintenanceOf: (alert: Alert, nowMs: number) => string | undefined
}
