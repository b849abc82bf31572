// PostgreSQL, held to the contract of record stores on a real server.
import type { TestContext } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { Secret } from '../../src/core/secret.ts'
import { openPostgresStore } from '../../src/records/postgres/store.ts'
import { sharePostgres } from '../support/postgres.ts'
import type { StoreStage } from './record-store-stage.ts'
import { describeRecordStore } from './record-store-suite.ts'

const startServer = sharePostgres()

async function openStage(context: TestContext): Promise<StoreStage | undefined> {
  const server = await startServer(context)
  if (server === undefined) return undefined
  const url = await server.createDatabase()
  const place = { kind: 'postgres', secret: new Secret(url), shown: url } as const
  let store = await openPostgresStore({ place, clock: systemClock })
  return {
    store,
    async reopen() {
      await store.close()
      store = await openPostgresStore({ place, clock: systemClock })
      return store
    },
    close: () => store.close(),
  }
}

describeRecordStore('postgres', openStage)
