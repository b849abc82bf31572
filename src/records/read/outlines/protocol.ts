// What the thread that reads outlines is asked. Types only.
import type { OutlineWants } from '../../../core/outline.ts'
import type { FileOptions } from '../../sqlite/file.ts'
import type { RecordFilter } from '../../store.ts'

export type OutlineQuestion =
  | {
      readonly ask: 'slice'
      readonly filter: RecordFilter
      readonly wants: OutlineWants
      readonly limit: number
      /** The number of the first row that may be in it. */
      readonly from: number
    }
  | {
      readonly ask: 'latest'
      readonly filter: RecordFilter
      readonly wants: OutlineWants
      readonly limit: number
    }
  | { readonly ask: 'close' }

export interface OutlineThreadData {
  readonly options: FileOptions
}
