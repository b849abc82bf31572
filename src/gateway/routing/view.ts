// What planning knows of a backend: a few facts, no connection.
import type { BackendKind } from '../config.ts'

/**
 * `available` may be asked; `probation` was out and gets one trial request at a time; `busy` and `loading` say that they cannot
 * serve just now; `cooling` asked for a pause (429); `ejected`, `hung` and `dead` failed, and are asked when nobody else is left.
 */
export type HealthState =
  'available' | 'probation' | 'busy' | 'loading' | 'cooling' | 'ejected' | 'hung' | 'dead'

export interface HealthView {
  readonly state: HealthState
  /** When it ends by itself, on the monotonic clock; Infinity when only news ends it. */
  readonly untilMs: number
  /** Why, in words for people; made when the state changes. */
  readonly reason: string
  /** The share of its turns that it takes while it comes back; 1 otherwise. */
  readonly rampRatio: number
}

export interface SlotsView {
  readonly inUse: number
  /** Infinity where nothing limits it. */
  readonly limit: number
  /** Requests that wait for a slot. */
  readonly queued: number
}

/** What is known of a backend at the moment of the question. */
export interface BackendView {
  readonly name: string
  readonly kind: BackendKind
  /** Requests it is answering for us now. */
  readonly inflight: number
  readonly health: HealthView
  readonly slots: SlotsView
  /** The models it listed last; undefined when it has never listed any. */
  readonly models: ReadonlySet<string> | undefined
  /** Name patterns it serves besides. */
  readonly patterns: readonly ModelPattern[]
  /** What there is to say of a model there: not in memory, partly on the CPU, slow. Asked for words only, never to choose. */
  remark?(model: string): string | undefined
}

/** `text` stands for every model that matches: a label may take it, the models themselves may not. */
export interface ModelPattern {
  readonly text: string
  matches(model: string): boolean
}
