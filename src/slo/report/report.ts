// What a report on service levels holds, as facts: whoever prints it has the words. Types only. Counts are whole numbers; a ratio is
// divided once, at the end. Minutes are minutes since the epoch, and an end is exclusive.
import type { BlamedSlice } from '../../core/alert.ts'

export interface Counts {
  readonly good: number
  /** Good and bad events together. */
  readonly total: number
  readonly bad: number
}

export interface Span {
  readonly fromMinute: number
  readonly toMinute: number
}

/** What of an error budget something has spent. */
export interface Spent {
  /** Of the whole budget; undefined where nothing was counted. May be above 1. */
  readonly ratio: number | undefined
  /** The same as time: so long all requests could have failed at the mean rate of the period. */
  readonly minutes: number | undefined
}

/** Which slices of the traffic carry the bad events, as far as records of them are kept. */
export interface Blamed {
  /** In English; undefined where there is nothing to say. */
  readonly text: string | undefined
  readonly of: 'excess' | 'failures'
  readonly slices: readonly BlamedSlice[]
  /** So many of the bad events are still kept as records. */
  readonly badEvents: number
}

export interface Incident extends Span, Counts {
  readonly spent: Spent
  /** Only hours are known of it: minutes are gone. */
  readonly isByHour: boolean
  /** It has spent so little that people read of such ones together. */
  readonly isSmall: boolean
  /** Undefined where no record of it is kept. */
  readonly blamed: Blamed | undefined
}

export interface WorstHour extends Counts {
  readonly fromMinute: number
  readonly spent: Spent
}

/** `before`: until it was counted for the first time in this period; `after`: since it was counted last. */
export interface Gap extends Span {
  readonly kind: 'before' | 'within' | 'after'
  /** Minutes without anybody to count: all of the span where minutes are kept, a part of the hour where they are gone. */
  readonly minutes: number
}

export interface Coverage {
  /** Of the period, as far as it has come. */
  readonly minutes: number
  /** In which somebody was there to count. */
  readonly counted: number
  /** Of those, in which no request came that the objective is about; of minutes that are kept as such. */
  readonly idle: number
  readonly missing: number
  readonly gaps: readonly Gap[]
  /** Hours of which only the sum is kept. */
  readonly hoursOnly: number
  /** Such an hour lies across the beginning or the end of the period, and is counted whole, or not at all. */
  readonly isRounded: boolean
}

export interface MaintenanceSpan extends Span {
  readonly name: string
}

/** Of one model or tenant. */
export interface Breach extends Counts {
  /** Undefined: records without one. */
  readonly name: string | undefined
}

export interface Cause {
  /** Why it was slow, as a verdict has it, or the error code of a failure. */
  readonly cause: string
  readonly badEvents: number
  /** The longest of them. */
  readonly example: { readonly id: string; readonly durationMs: number; readonly text: string | undefined }
}

export const EXCLUSIONS = [
  'maintenance',
  'caller',
  'policy',
  'abandoned',
  'cold',
  'failed',
  'unmeasured',
] as const
/** `failed`: belongs to availability; `unmeasured`: has not what is looked at, such as a first token. */
export type Exclusion = (typeof EXCLUSIONS)[number]

/** What only records tell. They are kept for a shorter time than counts. */
export interface Details extends Counts {
  /** So many records of good and excluded requests stand for all of them: their numbers are estimates. Undefined: each was read. */
  readonly sampledRecords: number | undefined
  /** From here on records are kept. */
  readonly fromMinute: number
  readonly blamed: Blamed
  /** Most bad events first. */
  readonly models: readonly Breach[]
  readonly tenants: readonly Breach[]
  readonly causes: readonly Cause[]
  readonly exclusions: readonly { readonly reason: Exclusion; readonly events: number }[]
}

export interface ObjectiveReport extends Span, Counts {
  readonly name: string
  readonly description: string | undefined
  readonly promise: string
  readonly about: { readonly kind: string; readonly thresholdMs: number | undefined }
  readonly timeZone: string
  /** When the period that was asked for ends; later than `toMinute` while it is not over. */
  readonly endMinute: number
  readonly targetRatio: number
  readonly excluded: number
  /** `unknown`: nothing was counted. */
  readonly verdict: 'kept' | 'broken' | 'unknown'
  readonly attainedRatio: number | undefined
  readonly budget: {
    /** Bad events that the promise allows among as many. */
    readonly events: number
    readonly minutes: number
    readonly spent: Spent
    /** Below 0 when more than all is spent. */
    readonly remainingRatio: number | undefined
  }
  /** In the order of time. */
  readonly incidents: readonly Incident[]
  /** What lies in no incident. Together with the incidents it is all that is bad. */
  readonly outside: { readonly bad: number; readonly spent: Spent }
  readonly worstHours: readonly WorstHour[]
  readonly coverage: Coverage
  readonly maintenance: readonly MaintenanceSpan[]
  /** Since when records are kept; undefined where none is. */
  readonly recordsFromMinute: number | undefined
  /** Undefined where no record of the period is kept that counts. */
  readonly details: Details | undefined
}

export interface SlaReport {
  /** Raised when older readers would misread it. */
  readonly version: 1
  readonly writtenAtMs: number
  readonly objectives: readonly ObjectiveReport[]
}
