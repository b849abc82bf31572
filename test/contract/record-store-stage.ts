// What the cases of the contract of record stores share: a store to work on, times, and how to read all of it.
import type { TestContext } from 'node:test'
import type { Batch, RecordStore, StoredRecord } from '../../src/records/store.ts'

export interface StoreStage {
  /** Empty at first. */
  readonly store: RecordStore
  /** Closes it and opens it again, as a restart does. */
  reopen(): Promise<RecordStore>
  close(): Promise<void>
}

export type StoreCase = (stage: StoreStage) => Promise<void>

/** Undefined: the component is not on this machine, and the context was told so. */
export type OpenStage = (context: TestContext) => Promise<StoreStage | undefined>

export const START_MS = Date.parse('2026-11-21T12:00:00Z')
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

export const NOTHING: Batch = { records: [], contents: [], minutes: [] }

export function toBatch(records: readonly StoredRecord[]): Batch {
  return { ...NOTHING, records }
}

/** Every slice of a scan in one list. */
export async function scanAll(
  store: RecordStore,
  filter: Parameters<RecordStore['scan']>[0] = {},
): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  for await (const slice of store.scan(filter)) found.push(...slice)
  return found
}
