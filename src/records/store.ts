// The port of the request store. One contract suite holds every implementation to it (test/contract/).
// What is written together is kept together: records, their content and the minutes of the objectives they count for.
import type { Documents, Election } from '../core/documents.ts'
import type { ObjectiveMinute, ObjectiveSum } from '../core/minutes.ts'
import type { Outcome, RequestRecord } from '../core/record.ts'
import type { Verdict } from '../core/verdict.ts'

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

/** Kept as a whole or not at all. */
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
  /** As routed or as asked; `*` stands for any run of characters. */
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

export const MEASURES = ['duration', 'firstToken', 'perToken'] as const
export type Measure = (typeof MEASURES)[number]

export const GROUPS = ['model', 'backend', 'tenant', 'key', 'endpoint', 'outcome', 'cause', 'hour'] as const
export type Group = (typeof GROUPS)[number]

export interface AggregateQuery {
  readonly filter: RecordFilter
  readonly measure: Measure
  /** 0 to 1 each. */
  readonly quantiles: readonly number[]
  readonly by: readonly Group[]
}

/** Over the records that have the measure; exact, by the nearest rank. */
export interface AggregateRow {
  readonly group: Readonly<Partial<Record<Group, string>>>
  readonly count: number
  readonly sumMs: number
  readonly quantilesMs: readonly (number | undefined)[]
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

/** Everything rejects with a WeirError when the store does not answer; nothing of it is on the path of a request. */
export interface RecordStore {
  readonly documents: Documents
  readonly election: Election
  write(batch: Batch): Promise<void>
  page(query: {
    readonly filter: RecordFilter
    readonly limit: number
    readonly cursor?: string | undefined
  }): Promise<RecordPage>
  find(id: string): Promise<StoredRecord | undefined>
  /** Earliest first, in slices; for work over many records. */
  scan(filter: RecordFilter): AsyncIterable<readonly StoredRecord[]>
  aggregate(query: AggregateQuery): Promise<readonly AggregateRow[]>
  content(requestId: string): Promise<StoredContent | undefined>
  /** Sums over minutes `from` (inclusive) to `to` (exclusive), by objective; those without a row are absent. Falls back on hours where the minutes are gone. */
  sumMinutes(fromMinute: number, toMinute: number): Promise<ReadonlyMap<string, ObjectiveSum>>
  /** The rows themselves, ascending; `hour` gives the minute at which each hour began. */
  minutes(query: {
    readonly objective: string
    readonly fromMinute: number
    readonly toMinute: number
    readonly step: 'minute' | 'hour'
  }): Promise<readonly ObjectiveMinute[]>
  /** Removes what is older than it is to be kept, or too much. */
  retain(retention: Retention, nowMs: number): Promise<Removed>
  /** Removes content, or the records with it, of one key or tenant; answers how many. */
  purge(query: {
    readonly of: { readonly key: string } | { readonly tenant: string }
    readonly what: 'content' | 'records'
  }): Promise<number>
  bytes(): Promise<number>
  close(): Promise<void>
}
