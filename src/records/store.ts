// The port of the request store. One contract suite holds every implementation to it (test/contract/).
// What is written together is kept together: records, their content and the minutes of the objectives they count for.
import type { Documents, Election } from '../core/documents.ts'
import type { ObjectiveMinute, ObjectiveSum } from '../core/minutes.ts'
import type { Outcome, RequestRecord } from '../core/record.ts'
import type { Verdict } from '../core/verdict.ts'

/** Why a store did not do what it was asked; `message` says what an operator can do. */
export const STORE_FAILURES = [
  'locked',
  'full',
  'no_access',
  'damaged',
  'missing',
  'foreign',
  'newer',
  'taken',
  'unreachable',
  'closed',
  'other',
] as const
export type StoreFailure = (typeof STORE_FAILURES)[number]

/** `taken`: another gateway uses it; `newer`, `foreign`: written by a newer Weir, or by another program. */
export class RecordStoreError extends Error {
  override readonly name = 'RecordStoreError'
  readonly reason: StoreFailure

  constructor(reason: StoreFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** A record as it is kept: with why it took as long as it did. */
export interface StoredRecord {
  readonly record: RequestRecord
  readonly verdict: Verdict | undefined
}

/** Prompt and answer, redacted. */
export interface StoredContent {
  readonly requestId: string
  readonly prompt: string
  readonly answer: string
  /** Something of it was left out because it was too long. */
  readonly isCut: boolean
}

/** Kept as a whole or not at all; but content whose record is not kept is left out. */
export interface Batch {
  readonly records: readonly StoredRecord[]
  readonly contents: readonly StoredContent[]
  readonly minutes: readonly ObjectiveMinute[]
}

/** All given conditions hold together. Times are wall-clock milliseconds since the epoch and mean the start of a request. */
export interface RecordFilter {
  readonly sinceMs?: number | undefined
  /** Exclusive. */
  readonly untilMs?: number | undefined
  /** 100 to 599, from and to inclusive. */
  readonly status?: { readonly from: number; readonly to: number } | undefined
  readonly slowerThanMs?: number | undefined
  /** As routed or as asked; `*` stands for any run of characters, everything else for itself. */
  readonly model?: string | undefined
  readonly backend?: string | undefined
  readonly key?: string | undefined
  readonly tenant?: string | undefined
  readonly outcome?: Outcome | undefined
  readonly endpoint?: string | undefined
}

export interface RecordPage {
  /** Latest first. */
  readonly records: readonly StoredRecord[]
  /** Gives the next page; undefined on the last one. */
  readonly cursor: string | undefined
}

/** `perToken` is (duration - first token) / (output tokens - 1), of records with two output tokens or more. */
export const MEASURES = ['duration', 'firstToken', 'perToken'] as const
export type Measure = (typeof MEASURES)[number]

/** Of a model the one it was routed to; of an hour its start, as `2026-11-21T14:00:00.000Z`. */
export const GROUPS = ['model', 'backend', 'tenant', 'key', 'endpoint', 'outcome', 'cause', 'hour'] as const
export type Group = (typeof GROUPS)[number]

export interface AggregateQuery {
  readonly filter: RecordFilter
  readonly measure: Measure
  /** 0 to 1 each. */
  readonly quantiles: readonly number[]
  readonly by: readonly Group[]
}

/** Over the records that have the measure; exact, by the nearest rank. A group without such a record has no row. */
export interface AggregateRow {
  /** What is undefined in the records is missing here. */
  readonly group: Readonly<Partial<Record<Group, string>>>
  readonly count: number
  readonly sumMs: number
  /** In the order in which they were asked for. */
  readonly quantilesMs: readonly number[]
}

export interface Retention {
  readonly recordsMs: number
  readonly minutesMs: number
  readonly hoursMs: number
  /** Of the whole store; the oldest records go first. Undefined: as large as it gets. */
  readonly maxBytes: number | undefined
}

export interface Removed {
  readonly records: number
  readonly minutes: number
  readonly hours: number
}

/** Everything rejects with a RecordStoreError when the store does not do it; nothing of it is on the path of a request. */
export interface RecordStore {
  readonly documents: Documents
  readonly election: Election
  write(batch: Batch): Promise<void>
  page(query: {
    readonly filter: RecordFilter
    readonly limit: number
    readonly cursor?: string | undefined
  }): Promise<RecordPage>
  /** The latest with this id: callers may send ids of their own, and twice. */
  find(id: string): Promise<StoredRecord | undefined>
  /** Earliest first, in slices; for work over many records. */
  scan(filter: RecordFilter): AsyncIterable<readonly StoredRecord[]>
  aggregate(query: AggregateQuery): Promise<readonly AggregateRow[]>
  content(requestId: string): Promise<StoredContent | undefined>
  /**
   * Sums over minutes `from` (inclusive) to `to` (exclusive), by objective; those without a row are absent. Where minutes
   * were removed for their age, an hour counts as a whole if it began in between.
   */
  sumMinutes(fromMinute: number, toMinute: number): Promise<ReadonlyMap<string, ObjectiveSum>>
  /** The rows themselves, ascending; `hour` gives the minute at which each hour began. */
  minutes(query: {
    readonly objective: string
    readonly fromMinute: number
    readonly toMinute: number
    readonly step: 'minute' | 'hour'
  }): Promise<readonly ObjectiveMinute[]>
  /** Removes what is older than it is to be kept, or too much. Minutes go by whole hours, once the last of them is too old. */
  retain(retention: Retention, nowMs: number): Promise<Removed>
  /** Removes content, or the records with it, of one key or tenant; answers how many. */
  purge(query: {
    readonly of: { readonly key: string } | { readonly tenant: string }
    readonly what: 'content' | 'records'
  }): Promise<number>
  /** What it occupies now. */
  bytes(): Promise<number>
  close(): Promise<void>
}
