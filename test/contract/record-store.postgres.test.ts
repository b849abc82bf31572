// PostgreSQL, held to the contract of record stores on a real server.
import type { TestContext } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { Secret } from '../../src/core/secret.ts'
import type { StorePlace } from '../../src/records/config.ts'
import { openPostgresStore } from '../../src/records/postgres/store.ts'
import { createPostgresStore } from '../../src/records/postgres/threaded.ts'
import type { RecordStore } from '../../src/records/store.ts'
import { sharePostgres } from '../support/postgres.ts'
import type { StoreStage } from './record-store-stage.ts'
import { describeRecordStore } from './record-store-suite.ts'

const startServer = sharePostgres()

type Place = Extract<StorePlace, { kind: 'postgres' }>

async function openStage(
  context: TestContext,
  openStore: (place: Place) => Promise<RecordStore>,
): Promise<StoreStage | undefined> {
  const server = await startServer(context)
  if (server === undefined) return undefined
  const url = await server.createDatabase()
  const place = { kind: 'postgres', secret: new Secret(url), shown: url } as const
  let store = await openStore(place)
  return {
    store,
    async reopen() {
      await store.close()
      store = await openStore(place)
      return store
    },
    close: () => store.close(),
  }
}

describeRecordStore('postgres', (context) =>
  openStage(context, (place) => openPostgresStore({ place, clock: systemClock })),
)
describeRecordStore('postgres in a thread', (context) =>
  openStage(context, (place) => Promise.resolve(createPostgresStore(place))),
)
