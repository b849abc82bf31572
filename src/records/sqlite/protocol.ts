// What the threads of a store in a file ask each other. Types only.
import type { PackedBatch } from '../packed-store.ts'
import type { AggregateQuery, RecordFilter, RecordStore, Retention } from '../store.ts'
import type { FileOptions } from './file.ts'

export type { PackedBatch }

/** One question, by its name. What is asked with it is plain data. */
export type Question =
  | { readonly ask: 'open' }
  /** Both answer with how many batches the file has had. */
  | { readonly ask: 'write'; readonly batch: PackedBatch }
  | { readonly ask: 'batches' }
  | { readonly ask: 'find'; readonly id: string }
  | { readonly ask: 'content'; readonly id: string }
  | {
      readonly ask: 'page'
      readonly filter: RecordFilter
      readonly limit: number
      readonly cursor: string | undefined
    }
  | { readonly ask: 'slice'; readonly filter: RecordFilter; readonly limit: number; readonly from: number }
  | { readonly ask: 'aggregate'; readonly query: AggregateQuery }
  | { readonly ask: 'sum'; readonly from: number; readonly to: number }
  | { readonly ask: 'minutes'; readonly query: Parameters<RecordStore['minutes']>[0] }
  | { readonly ask: 'retain'; readonly retention: Retention; readonly nowMs: number }
  | { readonly ask: 'purge'; readonly query: Parameters<RecordStore['purge']>[0] }
  | { readonly ask: 'bytes' }
  | { readonly ask: 'readDocument'; readonly name: string }
  | { readonly ask: 'writeDocument'; readonly name: string; readonly text: string }
  | { readonly ask: 'removeDocument'; readonly name: string }
  | { readonly ask: 'listDocuments'; readonly prefix: string }
  | { readonly ask: 'close' }

export interface ThreadData {
  readonly options: FileOptions
}
