// Opens the records of a gateway to look at them, wherever its configuration keeps them, running or not. Nothing is made or changed.
import type { Clock } from '../../core/clock.ts'
import type { StorePlace } from '../config.ts'
import { RecordStoreError, type RecordStore } from '../store.ts'

export interface RecordsPlace {
  readonly store: StorePlace
  /** An absolute path. */
  readonly dataDir: string
}

/** Rejects with a RecordStoreError. */
export function openRecordsToRead(place: RecordsPlace, clock: Clock): Promise<RecordStore> {
  return openRecords(place, { clock, mode: 'look' })
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
