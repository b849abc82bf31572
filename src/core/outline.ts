// The part of a record by which it is judged and added up with others: many can be read at once where whole records would take
// several times as long. A whole record is one too. Types only.
import type { Queued, RequestRecord, Usage } from './record.ts'
import type { Verdict } from './verdict.ts'

export type RecordOutline = Pick<
  RequestRecord,
  | 'id'
  | 'startedAtMs'
  | 'durationMs'
  | 'endpoint'
  | 'operation'
  | 'modelAsked'
  | 'modelRouted'
  | 'fallbackFrom'
  | 'backend'
  | 'tenant'
  | 'stream'
  | 'promptBytes'
  | 'attempts'
  | 'phases'
  | 'firstTokenMs'
  | 'gaps'
  | 'cold'
  | 'loopStallMs'
  | 'outcome'
  | 'code'
  | 'estimated'
> & {
  readonly usage: Omit<Usage, 'reasoningTokens'>
  readonly queued: Pick<Queued, 'backend'> | undefined
}

export interface ExplainedOutline {
  readonly record: RecordOutline
  readonly verdict: Verdict | undefined
}

/** What is wanted of outlines beyond their end, names, outcome, first token and guard; whoever reads whole records may give more. */
export interface OutlineWants {
  /** Ids, codes, prompts, verdicts, all phases, and the attempts of those that were retried. */
  readonly sums: boolean
  readonly gaps: boolean
}
