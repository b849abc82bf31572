// Every record store, held to the one contract.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSqliteStore } from '../../src/records/sqlite/store.ts'
import type { StoreStage } from './record-store-stage.ts'
import { describeRecordStore } from './record-store-suite.ts'

function openSqlite(): Promise<StoreStage> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-records-'))
  const open = () =>
    createSqliteStore({ file: join(folder, 'data', 'records.db'), mode: 'own', takeoverMs: 0 })
  let store = open()
  return Promise.resolve({
    store,
    async reopen() {
      await store.close()
      store = open()
      return store
    },
    async close() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  })
}

describeRecordStore('sqlite', openSqlite)
