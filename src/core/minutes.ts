// What is kept of an objective: whole numbers per minute, that add up over minutes and over gateways. Types only.
import type { RequestRecord } from './record.ts'

/**
 * Events of one objective in one minute; may be added to what another gateway counted in the same minute. One without any event
 * says that somebody was there to count, and nothing came.
 */
export interface ObjectiveMinute {
  /** Name of the objective. */
  readonly objective: string
  /** Minutes since the epoch; an event counts in the minute in which it ended. */
  readonly minute: number
  readonly good: number
  /** Good and bad events together. */
  readonly total: number
  /** In the scope of the objective, but out of its count. */
  readonly excluded: number
}

/** The sum of some minutes. `minutes` tells in how many of them somebody was there to count. */
export interface ObjectiveSum {
  readonly good: number
  readonly total: number
  readonly excluded: number
  readonly minutes: number
}

/** What whoever writes to the store needs of whoever counts. Everything returns at once; nothing of it is on a request's turn. */
export interface MinuteSource {
  /** A sealed record, once. */
  count(record: RequestRecord): void
  /** Somebody is there to count in this minute, whether or not anything comes. */
  beat(): void
  /** What is to be written; empty while somebody reads the store. Each answer is settled once, by one of the two below. */
  takeMinutes(): readonly ObjectiveMinute[]
  /** What was taken (the same array) is in the store. */
  noteWritten(taken: readonly ObjectiveMinute[]): void
  /** What was taken (the same array) could not be written, and will be taken again. */
  giveBack(taken: readonly ObjectiveMinute[]): void
}
