// Outlines of the records in a file, many at once, beside the gateway that writes it or without one, read by a thread of its own.
import { Worker } from 'node:worker_threads'
import type { ExplainedOutline, OutlineWants } from '../../../core/outline.ts'
import type { PackedPage } from '../../packed-store.ts'
import { readAhead } from '../../sqlite/read-ahead.ts'
import { RecordStoreError, type RecordFilter } from '../../store.ts'
import { StoreThread } from '../../thread.ts'
import type { OutlineQuestion, OutlineThreadData } from './protocol.ts'
import { toOutlines } from './view.ts'

export interface Outlines {
  /** Earliest first, in slices. Rejects with a RecordStoreError. */
  scan(filter: RecordFilter, wants: OutlineWants): AsyncIterable<readonly ExplainedOutline[]>
  /** The latest of them, latest first. Rejects with a RecordStoreError. */
  latest(filter: RecordFilter, wants: OutlineWants, limit: number): Promise<readonly ExplainedOutline[]>
  close(): Promise<void>
}

/** Compiled, it is JavaScript beside us. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

const SLICE_ROWS = 2_000
/** Rows of a slice live until they are packed: in a small nursery they would be moved out of it first. */
const YOUNG_MIB = 16
const OLD_MIB = 256
/** Others write for milliseconds; who holds the file longer is told of. */
const BUSY_MS = 1_000

export function openOutlines(file: string, sliceRows = SLICE_ROWS): Outlines {
  const options = { file, mode: 'look', takeoverMs: 0, busyMs: BUSY_MS } as const
  const thread = new StoreThread<OutlineQuestion>({
    start: () =>
      new Worker(ENTRY, {
        name: 'outlines',
        workerData: { options } satisfies OutlineThreadData,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB, maxOldGenerationSizeMb: OLD_MIB },
      }),
    closing: { ask: 'close' },
    lost: `The thread that reads the records in ${file} ended.`,
  })
  let isClosed = false
  const ask = async (question: OutlineQuestion): Promise<PackedPage> => {
    if (isClosed) throw new RecordStoreError('closed', `The records in ${file} were closed.`)
    return (await thread.ask(question)) as PackedPage
  }
  return {
    async *scan(filter, wants) {
      const read = (from: number) => ask({ ask: 'slice', filter, wants, limit: sliceRows, from })
      for await (const { packed } of readAhead(read)) if (packed.count > 0) yield toOutlines(packed)
    },
    async latest(filter, wants, limit) {
      const { packed } = await ask({ ask: 'latest', filter, wants, limit })
      return toOutlines(packed)
    },
    async close() {
      isClosed = true
      await thread.end()
    },
  }
}
