// What a gateway knows when it starts anew: what was usual is learnt from its store, and what burns is divided from there.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createExplaining } from '../../src/app/explaining.ts'
import { createManualClock } from '../../src/core/clock.ts'
import { createSqliteStore, toRecordsFile, type SqliteStore } from '../../src/records/sqlite/store.ts'
import type { StoredRecord } from '../../src/records/store.ts'
import { toStream, type Told } from '../../src/slo/fixtures/slow-record.ts'
import type { Counted } from '../../src/slo/objective.ts'

const NOW_MS = 1_700_000_000_000
const MINUTE_MS = 60_000
/** Twenty hours of one healthy request a minute, and an hour in which every other one queued at gpu-1. */
const HEALTHY_MINUTES = 1_200
const SICK_MINUTES = 60

const folder = mkdtempSync(join(tmpdir(), 'weir-explain-'))
let store: SqliteStore

const each = (agoMs: number, told: Told = {}): StoredRecord => {
  return { record: toStream({ ...told, id: `r${agoMs}`, startedAtMs: NOW_MS - agoMs }), verdict: undefined }
}

before(async () => {
  store = createSqliteStore({ file: toRecordsFile(folder), mode: 'own' })
  await store.open()
  const records: StoredRecord[] = []
  for (let minute = 1; minute <= HEALTHY_MINUTES; minute += 1) {
    const isSick = minute <= SICK_MINUTES && minute % 2 === 0
    const backend = minute % 4 < 2 ? 'gpu-1' : 'gpu-2'
    records.push(
      each(minute * MINUTE_MS, isSick ? { backend: 'gpu-1', phases: { queue: 4_000 } } : { backend }),
    )
  }
  await store.write({ records, contents: [], minutes: [] })
})

after(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const start = () => createExplaining({ clock: createManualClock(NOW_MS), logger: { debug: () => undefined } })

test('the first slow request after a start is known for one', async () => {
  const slow = toStream({ phases: { decode: 12_195 } })
  assert.equal(start().verdictOf(slow).cause, 'nothing', 'without a past nothing is usual')
  const explaining = start()
  await explaining.learn(store)
  assert.equal(explaining.verdictOf(slow).text, 'slow decode 4.1 tok/s, usual 50')
})

test('what burns is divided from what is stored', async () => {
  const objective: Counted = {
    name: 'o',
    scope: { model: 'm*', route: '/v1/*', tenant: undefined, backend: undefined },
    indicator: { kind: 'duration', thresholdMs: 2_000 },
    excludeCold: false,
  }
  const slices = await start().createBlame(store)(objective, SICK_MINUTES)
  assert.deepEqual(
    slices.map(({ phase, backend, shareRatio }) => [phase, backend, shareRatio]),
    [['queue', 'gpu-1', 1]],
  )
})

test('a store that does not answer costs the start nothing', async () => {
  const explaining = start()
  await explaining.learn({ page: () => Promise.reject(new Error('locked')) })
  assert.equal(explaining.verdictOf(toStream()).cause, 'nothing')
})
