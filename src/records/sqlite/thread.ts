// The thread that has the file open, as the store asks it.
import { Worker } from 'node:worker_threads'
import { StoreThread } from '../thread.ts'
import type { FileOptions } from './file.ts'
import type { Question, ThreadData } from './protocol.ts'

export type FileThread = StoreThread<Question>

/** Compiled, it is JavaScript beside us. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** Of a batch little becomes garbage: a small nursery is enough. A question over millions of records needs some hundred MiB. */
const YOUNG_MIB = 4
const OLD_MIB = 1_024

export function createFileThread(options: FileOptions): FileThread {
  return new StoreThread<Question>({
    start: () =>
      new Worker(ENTRY, {
        name: 'records',
        workerData: { options } satisfies ThreadData,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB, maxOldGenerationSizeMb: OLD_MIB },
      }),
    closing: { ask: 'close' },
    lost: `The thread of the records in ${options.file} ended: it is started again.`,
  })
}
