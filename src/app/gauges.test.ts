import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createGaugeReader } from './gauges.ts'

const isShare = (value: number | undefined): boolean => value !== undefined && value > 0 && value < 1

test('memory and disk of this machine are shares of what there is', async () => {
  const read = createGaugeReader(tmpdir())
  for (const gauge of ['hostMemory', 'hostDisk'] as const) {
    const [reading, ...others] = await read(gauge)
    assert.ok(isShare(reading?.value), `${gauge} ${reading?.value}`)
    assert.deepEqual([reading?.labels, others], [{}, []])
  }
})

test('a data folder that is not there yet is asked for where it will be made', async () => {
  const [reading] = await createGaugeReader(join(tmpdir(), 'weir-is-not-here'))('hostDisk')
  assert.ok(isShare(reading?.value))
})

test('CPU is the share since it was read last, so the first time says nothing', async () => {
  const read = createGaugeReader(tmpdir())
  assert.deepEqual(await read('hostCpu'), [])
  let spun = 0
  let readings = await read('hostCpu')
  // The system counts in hundredths of a second.
  while (readings.length === 0) {
    for (let at = 0; at < 1_000_000; at += 1) spun += at
    readings = await read('hostCpu')
  }
  assert.ok(spun >= 0)
  assert.ok((readings[0]?.value ?? -1) >= 0 && (readings[0]?.value ?? 2) <= 1)
})

test('without its tool a GPU cannot be read, which is not a GPU that is well', async (context) => {
  const { PATH } = process.env
  process.env['PATH'] = '/nonexistent'
  context.after(() => {
    process.env['PATH'] = PATH
  })
  await assert.rejects(createGaugeReader(tmpdir())('gpuMemory'), { code: 'ENOENT' })
})
