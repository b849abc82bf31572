import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { createSqliteStore, toRecordsFile } from '../../src/records/sqlite/store.ts'
import { REQUEST_METRICS } from '../../src/telemetry/catalogue/requests.ts'
import { SAMPLE_NAMES } from './jobs.ts'
import { BATCH_RECORDS, createReaders, toFigures } from './measure.ts'

function toDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'weir-readers-'))
  t.after(() => rmSync(directory, { recursive: true }))
  return directory
}

test('figures are microseconds per record', () => {
  const times = { record: 100, metrics: 200, log: 500, kept: 150, written: 700 }
  assert.deepEqual(toFigures(times, { records: 100, failures: 3 }), {
    failures: 3,
    togetherMicros: 9.5,
    recordMicros: 1,
    metricsMicros: 2,
    logMicros: 5,
    keptMicros: 1.5,
    writtenMicros: 7,
  })
})

test('what is measured has been done: every record is counted, has a line and is in the file, and the clock has moved', async (t) => {
  const directory = toDirectory(t)
  const file = path.join(directory, 'log')
  const fd = openSync(file, 'a')
  const readers = createReaders({ clock: systemClock, fd, folder: directory })
  await readers.open()
  t.after(async () => {
    await readers.close()
    closeSync(fd)
  })
  const batches = 2
  const figures = await readers.measureAll(batches)
  const perKind = batches * BATCH_RECORDS

  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const statuses = lines.map((line) => (JSON.parse(line) as { status: number }).status)
  assert.equal(statuses.length, SAMPLE_NAMES.length * perKind)
  assert.equal(statuses.filter((status) => status === 404).length, perKind)

  const { body } = await readers.metrics.render()
  const counted = [
    ...body.matchAll(new RegExp(`^${REQUEST_METRICS.requests.name}\\{.*\\} (\\d+)$`, 'gm')),
  ].reduce((sum, [, count]) => sum + Number(count), 0)
  assert.equal(counted, statuses.length)

  const store = createSqliteStore({ file: toRecordsFile(directory), mode: 'look' })
  t.after(() => store.close())
  const { records } = await store.page({ filter: {}, limit: statuses.length * 2 })
  assert.equal(records.length, statuses.length)

  for (const name of SAMPLE_NAMES) {
    const { failures, togetherMicros, writtenMicros = 0, ...parts } = figures[name]
    assert.equal(failures, 0)
    for (const [part, micros] of Object.entries(parts)) assert.ok(micros > 0, `${name}: ${part}`)
    const sum = Object.values(parts).reduce((left, right) => left + right, 0)
    assert.ok(Math.abs((togetherMicros ?? 0) - sum) < 1e-9)
    assert.ok(writtenMicros > 0)
  }
})

test('a line that cannot be written is a failure', async (t) => {
  const fd = openSync(os.devNull, 'r')
  const readers = createReaders({ clock: systemClock, fd, folder: toDirectory(t) })
  await readers.open()
  try {
    const figures = await readers.measureAll(1)
    for (const name of SAMPLE_NAMES) assert.equal(figures[name].failures, BATCH_RECORDS, name)
  } finally {
    await readers.close()
    closeSync(fd)
  }
})
