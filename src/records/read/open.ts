// Opens the records of a gateway to look at them, wherever its configuration keeps them, running or not. Nothing is made or changed.
import type { Clock } from '../../core/clock.ts'
import type { ExplainedOutline, OutlineWants } from '../../core/outline.ts'
import type { StorePlace } from '../config.ts'
import { RecordStoreError, type RecordFilter, type RecordStore } from '../store.ts'

export interface RecordsPlace {
  readonly store: StorePlace
  /** An absolute path. */
  readonly dataDir: string
}

/** Rejects with a RecordStoreError. */
export function openRecordsToRead(place: RecordsPlace, clock: Clock): Promise<RecordStore> {
  return openRecords(place, { clock, mode: 'look' })
}

export interface RecordsToScan extends Omit<RecordStore, 'scan' | 'page'> {
  /** Not whole records. */
  readonly givesOutlines: boolean
  /** Earliest first, in slices: as much of each record as is wanted, or more. */
  scan(filter: RecordFilter, wants: OutlineWants): AsyncIterable<readonly ExplainedOutline[]>
  /** The latest, latest first. */
  page(query: {
    readonly filter: RecordFilter
    readonly limit: number
    readonly wants: OutlineWants
  }): Promise<{ readonly records: readonly ExplainedOutline[] }>
}

/** The same, to go through very many of them. */
export async function openRecordsToScan(place: RecordsPlace, clock: Clock): Promise<RecordsToScan> {
  const store = await openRecords(place, { clock, mode: 'look' })
  if (place.store.kind !== 'sqlite') return { ...store, givesOutlines: false }
  const { openOutlines } = await import('./outlines/outlines.ts')
  const { toRecordsFile } = await import('../sqlite/store.ts')
  const outlines = openOutlines(toRecordsFile(place.dataDir))
  return {
    ...store,
    givesOutlines: true,
    scan: (filter, wants) => outlines.scan(filter, wants),
    page: async ({ filter, limit, wants }) => ({ records: await outlines.latest(filter, wants, limit) }),
    async close() {
      await outlines.close()
      await store.close()
    },
  }
}

/** The same, also to remove something. */
export function openRecordsToChange(place: RecordsPlace, clock: Clock): Promise<RecordStore> {
  return openRecords(place, { clock, mode: 'join' })
}

async function openRecords(
  { store, dataDir }: RecordsPlace,
  { clock, mode }: { readonly clock: Clock; readonly mode: 'look' | 'join' },
): Promise<RecordStore> {
  switch (store.kind) {
    case 'off':
      throw new RecordStoreError('missing', 'this configuration keeps no records (records.store: off)')
    case 'postgres': {
      const { openPostgresStore } = await import('../postgres/store.ts')
      return openPostgresStore({ place: store, clock, makesTables: false, connections: 1 })
    }
    case 'sqlite': {
      const { createSqliteStore, toRecordsFile } = await import('../sqlite/store.ts')
      const opened = createSqliteStore({ file: toRecordsFile(dataDir), mode })
      try {
        await opened.open()
        return opened
      } catch (thrown) {
        await opened.close()
        throw thrown
      }
    }
  }
}
