import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseSmiLine } from './smi-line.ts'

const MIB = 1_048_576
const read = (name: string) =>
  readFileSync(new URL(`./fixtures/${name}.csv`, import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line) => parseSmiLine(line) ?? [])

test('eight GPUs are eight lines', () => {
  const gpus = read('h200')
  assert.equal(gpus.length, 8)
  assert.deepEqual(gpus[1], {
    gpu: '1',
    uuid: 'GPU-072b19bd-4ccf-63cf-6435-cf462aff833d',
    name: 'NVIDIA H200',
    usedBytes: 129_034 * MIB,
    totalBytes: 143_771 * MIB,
    utilizationRatio: 0.97,
    celsius: 61,
    watts: 642.18,
  })
})

test('a GPU that is divided does not tell how busy it is', () => {
  const [gpu] = read('mig')
  assert.equal(gpu?.utilizationRatio, undefined)
  assert.deepEqual([gpu?.usedBytes, gpu?.totalBytes, gpu?.watts], [36_537 * MIB, 81_920 * MIB, 87.41])
})

test('what a GPU does not tell is not taken for nothing', () => {
  const [unified, lost, older] = read('odd')
  assert.deepEqual(
    [unified?.usedBytes, unified?.totalBytes, unified?.celsius, unified?.watts],
    [undefined, undefined, 41, 12.52],
  )
  assert.deepEqual(
    [lost?.gpu, lost?.usedBytes, lost?.celsius, lost?.watts],
    ['1', undefined, undefined, undefined],
  )
  assert.deepEqual(
    [older?.name, older?.usedBytes, older?.utilizationRatio],
    ['GeForce GT 710', 103 * MIB, undefined],
  )
})

test('messages of the driver, headings and blanks are no GPU', () => {
  for (const line of [
    '',
    '\r',
    'No devices were found',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    'Failed to initialize NVML: Driver/library version mismatch',
    'Unable to determine the device handle for GPU 0000:01:00.0: Unknown Error',
    'index, uuid, name, memory.used [MiB], memory.total [MiB], utilization.gpu [%], temperature.gpu, power.draw [W]',
    'Field "power.draw" is not a valid field to query.',
    '0, GPU-1, NVIDIA H200, 1, 2',
    'a, b, c, d, e, f, g, h, i',
  ])
    assert.equal(parseSmiLine(line), undefined, line)
})

test('units, a comma in a name, and characters that are no text do no harm', () => {
  const gpu = parseSmiLine('10, GPU-1, Name, with \u0007comma, 1 MiB, 2 MiB, 3 %, 4, 5.5 W\r')
  assert.deepEqual(
    [gpu?.gpu, gpu?.name, gpu?.usedBytes, gpu?.utilizationRatio, gpu?.watts],
    ['10', 'Name, with comma', MIB, 0.03, 5.5],
  )
  assert.equal(parseSmiLine(`0, GPU-1, ${'x'.repeat(999)}, 1, 2, 300, 4, 5`)?.name.length, 120)
  assert.equal(parseSmiLine('0, GPU-1, a, 1, 2, 300, 4, 5')?.utilizationRatio, undefined)
})
