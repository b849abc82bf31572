// Writes batches through a thread that may end at any moment, also between its commit and its answer: the file itself tells then
// whether the last one was kept. Knows no file and no thread.
import { RefusedBatch, type PackedBatch } from '../packed-store.ts'
import { RecordStoreError } from '../store.ts'

/** Both answer with how many batches the file has had. */
export interface BatchThread {
  count(): Promise<unknown>
  write(batch: PackedBatch): Promise<unknown>
}

/** One batch at a time. */
export function createBatchWriter(thread: BatchThread): (batch: PackedBatch) => Promise<void> {
  let batches: unknown
  return async (batch) => {
    try {
      batches ??= await thread.count()
    } catch (thrown) {
      // Nothing was handed over yet.
      throw thrown instanceof RecordStoreError ? new RefusedBatch(thrown, batch.packed) : thrown
    }
    try {
      batches = await thread.write(batch)
    } catch (thrown) {
      if (thrown instanceof RefusedBatch) throw thrown
      const before = Number(batches)
      batches = await thread.count().catch(() => undefined)
      if (batches !== before + 1) throw thrown
    }
  }
}
