// Every word of a report that depends on its language.
import type { BlamedSlice } from '../../../core/alert.ts'
import type { Blamed, Exclusion, Gap, ObjectiveReport } from '../report.ts'
import type { SpanUnits } from './values.ts'

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

export interface Phrases {
  readonly htmlLanguage: string
  readonly sentenceJoint: string
  readonly fullStop: string
  readonly title: string
  readonly units: SpanUnits
  readonly written: (moment: string) => string
  readonly period: (parts: { from: string; to: string; zone: string; soFar: boolean }) => string
  readonly promise: (about: ObjectiveReport['about'], target: string, english: string) => string
  readonly verdicts: Readonly<Record<ObjectiveReport['verdict'], string>>
  readonly heads: Readonly<
    Record<
      | 'objective'
      | 'promise'
      | 'attained'
      | 'verdict'
      | 'budgetSpent'
      | 'notCounted'
      | 'began'
      | 'lasted'
      | 'bad'
      | 'requests'
      | 'budget'
      | 'asTime'
      | 'carriedBy'
      | 'hour'
      | 'cause'
      | 'share'
      | 'example'
      | 'model'
      | 'tenant'
      | 'reason'
      | 'name'
      | 'until'
      | 'from'
      | 'minutes'
      | 'what',
      string
    >
  >
  readonly sections: Readonly<
    Record<
      'incidents' | 'worstHours' | 'whySlow' | 'whyFailed' | 'hit' | 'excluded' | 'maintenance' | 'known',
      string
    >
  >
  readonly attained: (parts: { ratio: string; good: string; total: string; target: string }) => string
  readonly attainedNothing: string
  /** Nobody was there to count. */
  readonly attainedUncounted: string
  readonly budget: (parts: {
    events: string
    time: string
    bad: string
    spent: string
    left: string
  }) => string
  readonly noIncidents: string
  readonly outside: (bad: string, spent: string) => string
  /** Incidents that have spent next to nothing. */
  readonly smallOnes: (parts: { count: string; isOne: boolean; bad: string; spent: string }) => string
  readonly byHour: string
  readonly recordsGone: string
  readonly noRecordFits: string
  readonly moreRows: (count: string) => string
  readonly blamed: (blamed: Blamed) => string | undefined
  /** How many of those that were counted are kept as records. */
  readonly seen: (parts: { kept: string; counted: string; from: string }) => string
  /** Where not each record was read. */
  readonly sampled: (parts: { bad: string; others: string }) => string
  readonly noRecords: string
  /** Records are kept, but none of them is what was counted. */
  readonly noneFits: string
  readonly causes: Readonly<Record<string, string>>
  readonly unnamed: string
  readonly exclusions: Readonly<Record<Exclusion, string>>
  readonly excludedOf: (events: string) => string
  /** `idle` is undefined where there is nothing to say of it. */
  readonly coverage: (parts: {
    counted: string
    all: string
    missing: string
    idle: string | undefined
  }) => string
  readonly coverageWhole: (parts: { all: string; idle: string | undefined }) => string
  readonly gapNote: string
  readonly gaps: Readonly<Record<Gap['kind'], string>>
  readonly gapInHour: string
  readonly hoursOnly: (hours: string) => string
  readonly rounded: string
}

/** Where a slice lies, without its share. */
export function toPlace({ backend, model, band, tenant }: BlamedSlice): readonly string[] {
  return [backend, model, band, tenant].flatMap((part) => part ?? [])
}
