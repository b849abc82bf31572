import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { REQUEST_METRICS } from '../../src/telemetry/catalogue/requests.ts'
import { SAMPLE_NAMES } from './jobs.ts'
import { BATCH_RECORDS, createReaders, toFigures } from './measure.ts'

test('figures are microseconds per record', () => {
  assert.deepEqual(toFigures({ record: 100, metrics: 200, log: 500 }, { records: 100, failures: 3 }), {
    failures: 3,
    togetherMicros: 8,
    recordMicros: 1,
    metricsMicros: 2,
    logMicros: 5,
  })
})

test('what is measured has been done: every record is counted and has a line, and the clock has moved', async (t) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'weir-readers-'))
  const file = path.join(directory, 'log')
  const fd = openSync(file, 'a')
  const readers = createReaders({ clock: systemClock, fd })
  t.after(async () => {
    await readers.close()
    closeSync(fd)
    rmSync(directory, { recursive: true })
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

  for (const name of SAMPLE_NAMES) {
    const { failures, togetherMicros = 0, recordMicros = 0, metricsMicros = 0, logMicros = 0 } = figures[name]
    assert.equal(failures, 0)
    assert.ok(recordMicros > 0 && metricsMicros > 0 && logMicros > 0, name)
    assert.ok(Math.abs(togetherMicros - recordMicros - metricsMicros - logMicros) < 1e-9)
  }
})

test('a line that cannot be written is a failure', async () => {
  const fd = openSync(os.devNull, 'r')
  const readers = createReaders({ clock: systemClock, fd })
  try {
    const figures = await readers.measureAll(1)
    for (const name of SAMPLE_NAMES) assert.equal(figures[name].failures, BATCH_RECORDS, name)
  } finally {
    await readers.close()
    closeSync(fd)
  }
})
