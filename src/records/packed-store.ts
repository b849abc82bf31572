// The record store as a gateway has it: in a thread of its own, which takes records packed. Port and its refusal.
import type { ObjectiveMinute } from '../core/minutes.ts'
import type { PackedRecords } from './codec/layout.ts'
import { RecordStoreError, type RecordStore, type StoredContent } from './store.ts'

/** As a Batch, of records that are packed already. */
export interface PackedBatch {
  readonly packed: PackedRecords
  readonly contents: readonly StoredContent[]
  readonly minutes: readonly ObjectiveMinute[]
}

/** Records that were asked for, and where to go on. */
export interface PackedPage {
  readonly packed: PackedRecords
  readonly next: string | number | undefined
}

export interface PackedStore extends RecordStore {
  /** Opens it now, to hear at once what is wrong with it. */
  open(): Promise<void>
  /** As `write`; the records are handed over. Rejects with a RefusedBatch where they could be saved. */
  writePacked(batch: PackedBatch): Promise<void>
}

/** What comes back with a refused batch, beside the reason: it may be tried again. */
export class RefusedBatch extends RecordStoreError {
  readonly packed: PackedRecords

  constructor({ reason, message, cause }: RecordStoreError, packed: PackedRecords) {
    super(reason, message, cause)
    this.packed = packed
  }
}
