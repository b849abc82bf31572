// Records kept as the program keeps them: counted for objectives, explained, packed, and handed to the thread that writes the file.
import { holdProcess, sleep, type Clock } from '../../src/core/clock.ts'
import type { RequestRecord } from '../../src/core/record.ts'
import { createRecordBuffer } from '../../src/records/buffer/buffer.ts'
import { createSqliteStore, toRecordsFile } from '../../src/records/sqlite/store.ts'
import { createExplainer } from '../../src/slo/explain.ts'
import { toObjective } from '../../src/slo/fixtures/objective.ts'
import { createMaintenance } from '../../src/slo/maintenance/maintenance.ts'
import { createMinuteCounter } from '../../src/slo/minutes.ts'
import type { Objective } from '../../src/slo/objective.ts'

export interface Keeping {
  open(): Promise<void>
  accept(record: RequestRecord): void
  /** Resolves when the thread has written all there is. */
  settle(): Promise<void>
  /** Records that are not in the file. */
  readonly lost: number
  close(): Promise<void>
}

const SOON_MS = 10_000

/** The same as in the configuration of a whole Weir. */
const OBJECTIVES: readonly Objective[] = [
  toObjective({ name: 'answered' }),
  toObjective({ name: 'prompt', indicator: { kind: 'duration', thresholdMs: SOON_MS } }),
]

export function createKeeping({
  clock,
  folder,
}: {
  readonly clock: Clock
  readonly folder: string
}): Keeping {
  const counter = createMinuteCounter(clock)
  counter.replace(OBJECTIVES, createMaintenance([]))
  const explainer = createExplainer()
  const store = createSqliteStore({ file: toRecordsFile(folder), mode: 'own' })
  let lost = 0
  let writing: Promise<unknown> | undefined
  const buffer = createRecordBuffer({
    ...{ clock, counter, verdictOf: (record) => explainer.explain(record) },
    store: {
      writePacked(batch) {
        const written = store.writePacked(batch)
        writing = written
        return written
      },
    },
    onDropped: (_reason, count) => (lost += count),
    onTrouble: () => (lost += 1),
    onRecovered: () => undefined,
    onBroken: () => (lost += 1),
  })
  return {
    open: () => store.open(),
    accept: (record) => buffer.sink.accept(record),
    async settle() {
      const release = holdProcess()
      while (buffer.held > 0 && lost === 0) {
        // Handed over on one of the next turns, or by the buffer's own clock.
        await sleep(clock, 1)
        await writing?.catch(() => undefined)
      }
      release()
    },
    get lost() {
      return lost
    },
    async close() {
      await buffer.close()
      await store.close()
    },
  }
}
