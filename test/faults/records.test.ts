// The file of records is taken away, damaged, locked for long or without room: no request fails, what is lost is counted to the
// record, and when the trouble is over records are written again by themselves.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { createRecordBuffer } from '../../src/records/buffer/buffer.ts'
import { toRecord } from '../../src/records/fixtures/record.ts'
import { createSqliteStore, toRecordsFile } from '../../src/records/sqlite/store.ts'
import { sumOf } from '../support/metrics.ts'
import { startStage, until, type Stage } from '../support/weir.ts'

const BODY = JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'hello' }] })
/** Of the log beside the file too: half of this is enough for a start and a few hundred records. */
const ROOM_KIB = 640

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-records-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function askMany({ url }: Stage, count: number): Promise<void> {
  for (let asked = 0; asked < count; asked += 1) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body: BODY })
    await response.arrayBuffer()
    assert.equal(response.status, 200)
  }
}

function countRecords(data: string): number {
  try {
    const database = new DatabaseSync(toRecordsFile(data), { readOnly: true })
    const row = database.prepare('SELECT count(*) AS count FROM records').get()
    database.close()
    return Number(row?.['count'])
  } catch {
    return 0
  }
}

const tellings = ({ logLines }: Stage, text: string): number =>
  logLines.filter((line) => line.includes(text)).length

test('a file that is taken away is made again, and only what stood in it is gone', async (context) => {
  const data = makeFolder(context)
  const stage = await startStage({ config: { data } })
  try {
    await askMany(stage, 5)
    await until(() => countRecords(data) === 5, 'five records')
    for (const ending of ['', '-wal', '-shm']) rmSync(toRecordsFile(data) + ending, { force: true })
    await askMany(stage, 7)
    await until(() => countRecords(data) === 7, 'the records since')
    rmSync(data, { recursive: true })
    await askMany(stage, 3)
    await until(() => countRecords(data) === 3, 'the records in a folder that was made again')
    assert.equal(sumOf(await stage.scrape(), 'weir_records_dropped_total'), 0)
  } finally {
    await stage.stop()
  }
})

test('a file that was damaged costs no request and no record, once it was moved away', async (context) => {
  const data = makeFolder(context)
  const stage = await startStage({ config: { data } })
  const file = toRecordsFile(data)
  try {
    await askMany(stage, 3)
    await until(() => countRecords(data) === 3, 'three records')
    writeFileSync(`${file}.new`, 'this is no database, and long enough to be taken for one'.repeat(200))
    for (const ending of ['-wal', '-shm']) rmSync(file + ending, { force: true })
    renameSync(`${file}.new`, file)
    await askMany(stage, 20)
    await until(() => tellings(stage, 'records cannot be written') === 1, 'the trouble, told once')
    assert.match(
      stage.logLines.find((line) => line.includes('records cannot be written')) ?? '',
      /"reason":"damaged".*move the file away/,
    )
    renameSync(file, `${file}.damaged`)
    await until(() => countRecords(data) === 20, 'every record since then')
    await until(() => tellings(stage, 'records are written again') === 1, 'its end, told once')
    assert.equal(sumOf(await stage.scrape(), 'weir_records_dropped_total'), 0)
  } finally {
    await stage.stop()
  }
})

test('a disk without room costs no request, and records go on when there is some', async (t) => {
  const folder = makeFolder(t)
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOM_KIB}k`, 'tmpfs', disk])
  if (status !== 0) {
    t.skip('SKIPPED: a small disk: only root may mount one')
    return
  }
  const filler = join(disk, 'filler')
  const stage = await startStage({ config: { data: disk } })
  try {
    await askMany(stage, 5)
    await until(() => countRecords(disk) === 5, 'five records')
    spawnSync('sh', ['-c', `dd if=/dev/zero of=${filler} bs=1k 2>/dev/null`])
    await askMany(stage, 200)
    await until(() => tellings(stage, 'records cannot be written') === 1, 'the trouble')
    assert.match(
      stage.logLines.find((line) => line.includes('records cannot be written')) ?? '',
      /"reason":"full"/,
    )
    truncateSync(filler, 0)
    await until(() => countRecords(disk) === 205, 'every record that waited')
    assert.equal(tellings(stage, 'records are written again'), 1)
    assert.equal(sumOf(await stage.scrape(), 'weir_records_dropped_total'), 0)
  } finally {
    await stage.stop()
    spawnSync('umount', ['-l', disk])
  }
})

test('while the file is locked for longer than records can wait, each of them is written or counted', async (context) => {
  const data = makeFolder(context)
  const store = createSqliteStore({ file: toRecordsFile(data), mode: 'own', busyMs: 50 })
  const told: string[] = []
  let dropped = 0
  const buffer = createRecordBuffer({
    ...{ clock: systemClock, store },
    onDropped: (reason, count) => {
      assert.equal(reason, 'store_overflow')
      dropped += count
    },
    onTrouble: ({ reason }) => void told.push(reason),
    onRecovered: (lost) => void told.push(`${lost} lost`),
    onBroken: assert.ifError,
    limits: { records: 4_000 },
  })
  let accepted = 0
  const accept = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at += 1) {
      accepted += 1
      buffer.sink.accept(toRecord({ id: `r${accepted}`, startedAtMs: 1_800_000_000_000 + accepted }))
      if (accepted % 50 === 0) await new Promise((resolve) => void setImmediate(resolve))
    }
  }
  await accept(500)
  await until(() => countRecords(data) === 500, 'the first records')
  const locker = new DatabaseSync(toRecordsFile(data))
  locker.exec('BEGIN IMMEDIATE')
  await accept(100)
  await until(() => told.length > 0, 'the trouble')
  await accept(12_000)
  locker.exec('ROLLBACK')
  locker.close()
  await accept(10)
  await until(() => told.length === 2, 'its end')
  assert.ok(dropped >= 7_000 && dropped < 9_500, `${dropped} dropped`)
  assert.deepEqual(told, ['locked', `${dropped} lost`])
  await buffer.close()
  assert.equal(countRecords(data) + dropped, accepted)
  assert.ok((await store.find(`r${accepted}`)) !== undefined, 'the latest are what was kept')
  await store.close()
})
