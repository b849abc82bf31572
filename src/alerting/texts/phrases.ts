// Every sentence and word that messages are made of, as one table that each language fills in. Types only: the languages are
// en.ts and zh.ts, and what is said when is decided in describe.ts.
import type { Severity } from '../../core/alert.ts'

/** Objectives are not evaluated, or a receiver is not reached. */
export interface Watchdog<T> {
  readonly evaluation: T
  readonly delivery: (receiver: string) => T
}

export interface Sentences {
  readonly burn: (parts: { bad: string; events: string; window: string; promise: string }) => string
  readonly exhausted: (parts: { promise: string; window: string }) => string
  readonly noData: (promise: string) => string
  readonly threshold: (parts: { measure: string; value: string; threshold: string }) => string
  readonly backendDown: (backend: string, reason: string, models: string | undefined) => string
  readonly gatewayDown: string
  /** With the reason, where one is known. */
  readonly watchdog: Watchdog<(reason: string | undefined) => string>
}

export interface SpendingParts {
  readonly times: string
  readonly window: string
  readonly recentWindow: string
}

/** Values come as text, printed for the language already. */
export interface Phrases {
  readonly severity: Readonly<Record<Severity, string>>
  readonly titleFiring: (severity: string, subject: string) => string
  readonly titleResolved: (severity: string, subject: string, duration: string) => string
  readonly titleTest: (receiver: string) => string
  readonly titleHeartbeat: string
  readonly titleMany: (parts: { severity: string; firing: number; over: number }) => string
  readonly andMore: (subject: string, count: number) => string

  /** What is wrong in a few words, for titles. */
  readonly subject: {
    readonly burn: (objective: string, times: string) => string
    readonly exhausted: (objective: string) => string
    readonly noData: (objective: string) => string
    readonly threshold: (rule: string, measure: string, value: string) => string
    readonly backendDown: (backend: string) => string
    readonly gatewayDown: string
    readonly watchdog: Watchdog<string>
  }

  /** What is wrong in one sentence. */
  readonly what: Sentences
  /** The same when it is over. */
  readonly was: Sentences
  /** Of a spent budget: how many times as fast as allowed it went over the long window, and whether that goes on. */
  readonly spending: {
    readonly allowed: string
    readonly ongoing: (parts: SpendingParts & { readonly recentTimes: string }) => string
    readonly past: (parts: SpendingParts) => string
  }

  /** Backends that do not answer, each with its models. */
  readonly unanswered: (backends: readonly { backend: string; models: string | undefined }[]) => string
  readonly models: (names: readonly string[], more: number) => string
  readonly since: (moment: string, duration: string) => string
  readonly lasted: (from: string, to: string, duration: string) => string
  readonly scope: (parts: readonly string[]) => string
  /** Of what is read from a machine. */
  readonly place: (parts: readonly string[]) => string
  readonly scopePart: Readonly<Record<ScopeLabel, (name: string) => string>>
  readonly blamed: (slices: readonly string[]) => string
  readonly blamedSlice: (parts: {
    readonly phase: string
    readonly backend: string | undefined
    readonly model: string | undefined
    readonly band: string | undefined
    readonly tenant: string | undefined
    readonly share: string
    /** How many times slower than usual the backend generates. */
    readonly slowdown: string | undefined
  }) => string
  /** What is promised and what is compared, by kind of indicator or gauge. Empty where the words of the alert will do. */
  readonly promises: Readonly<Record<string, (threshold: string) => string>>
  readonly promised: (ratio: string, what: string) => string
  readonly measures: Readonly<Record<string, (threshold: string) => string>>
  /** The window of an objective: `30 days`, `the month`. */
  readonly window: (text: string) => string
  /** By phase or cause; what is not listed is named as it is. */
  readonly phases: Readonly<Record<string, string>>
  /** By the error code that requests ended with; the code is shown beside it. */
  readonly codes: Readonly<Record<string, string>>
  readonly coded: (words: string, code: string) => string
  readonly relapsed: (count: number, hold: string) => string
  readonly late: (reason: string | undefined) => string
  readonly someOver: (count: number) => string
  readonly more: (count: number) => string
  readonly testBody: (receiver: string) => string
  readonly heartbeatBody: string

  readonly facts: Readonly<Record<FactName, string>>
  readonly budgetSpent: (over: string) => string
  /** Hardly more than all of it, and several times all of it. */
  readonly budgetJustSpent: string
  readonly budgetSpentTimes: (times: string) => string
  readonly budgetLeft: (left: string) => string
  readonly attained: (ratio: string, window: string, target: string) => string
  readonly attainedNothing: (window: string, target: string) => string
  readonly rate: (parts: { rate: string; long: string; short: string; factor: string }) => string
  readonly links: Readonly<Record<LinkName, string>>
  readonly toSilence: string

  /** Of requests: `53,011`. */
  readonly count: (count: number) => string
  readonly percent: (digits: string) => string
  /** Largest unit first, at most two: `3 h 20 min`. */
  readonly units: Readonly<Record<'d' | 'h' | 'm' | 's', string>>
  readonly unitJoint: string
  /** Between whole sentences. */
  readonly sentenceJoint: string
  readonly colon: string
}

export const SCOPE_LABELS = ['model', 'tenant', 'route', 'backend'] as const
export const PLACE_LABELS = ['gpu', 'mount'] as const
export type ScopeLabel = (typeof SCOPE_LABELS | typeof PLACE_LABELS)[number]

export const FACT_NAMES = ['attained', 'budget', 'exhausted', 'rate'] as const
export type FactName = (typeof FACT_NAMES)[number]

export const LINK_NAMES = ['console', 'dashboard', 'logs', 'runbook'] as const
export type LinkName = (typeof LINK_NAMES)[number]
