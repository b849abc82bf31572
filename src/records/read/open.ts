// Opens the records of a gateway to look at them, wherever its configuration keeps them, running or not. Nothing is made or changed.
import type { Clock } from '../../core/clock.ts'
import type { StorePlace } from '../config.ts'
import { RecordStoreError, type RecordStore } from '../store.ts'

export interface RecordsPlace {
  readonly store: StorePlace
  /** An absolute path. */
  readonly dataDir: string
}

/** The same, also to remove something. */
export const openRecordsToChange = openRecordsToRead

/** Rejects with a RecordStoreError. */
export async function openRecordsToRead(
  { store, dataDir }: RecordsPlace,
  clock: Clock,
): Promise<RecordStore> {
  switch (store.kind) {
    case 'off':
      throw new RecordStoreError('missing', 'this configuration keeps no records (records.store: off)')
    case 'postgres': {
      const { openPostgresStore } = await import('../postgres/store.ts')
      return openPostgresStore({ place: store, clock, makesTables: false, connections: 1 })
    }
    case 'sqlite':
      throw new RecordStoreError('missing', `there are no records in ${dataDir} yet`)
  }
}
