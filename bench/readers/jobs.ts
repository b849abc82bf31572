// What the process that reads records can be asked to do, and what it answers: the only words between it and the benchmark.
import type { Figures } from '../load/jobs.ts'

/** What the experiment `requests` sends. */
export const WHOLE_CHAT = 'whole chat'
/** The kinds of requests whose records are measured. */
export const SAMPLE_NAMES = [WHOLE_CHAT, 'streamed chat', 'refused, 404'] as const
export type SampleName = (typeof SAMPLE_NAMES)[number]

export interface ReadersOrder {
  /** Of each kind, in batches as large as the readers' own. */
  readonly batches: number
}

/** One round's figures of each kind. */
export type ReadersFigures = Readonly<Record<SampleName, Figures>>

export type ReadersReport =
  | { readonly kind: 'measured'; readonly figures: ReadersFigures }
  | { readonly kind: 'problem'; readonly message: string }
