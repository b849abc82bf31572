import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGaugeMeans } from './gauge-means.ts'

const SECOND = 1_000
const one = (value: number) => [{ labels: {}, value }]

test('a mean is over its time, and whole only when that has been watched', () => {
  const means = createGaugeMeans()
  for (let at = 0; at <= 8; at += 1) means.add('hostCpu', one(at < 5 ? 0 : 1), at * 15 * SECOND)
  assert.deepEqual(means.over('hostCpu', 60 * SECOND), [{ labels: {}, value: 4 / 5, isWhole: true }])
  assert.deepEqual(means.over('hostCpu', 600 * SECOND), [{ labels: {}, value: 4 / 9, isWhole: false }])
  assert.deepEqual(means.over('hostDisk', 60 * SECOND), [])
})

test('each of several has a mean of its own, and one that was taken away has none', () => {
  const means = createGaugeMeans()
  const gpu = (index: string, value: number) => ({ labels: { gpu: index }, value })
  means.add('gpuMemory', [gpu('0', 0.5), gpu('1', 0.9)], 0)
  assert.deepEqual(
    means.over('gpuMemory', 60 * SECOND).map(({ labels, value }) => [labels['gpu'], value]),
    [
      ['0', 0.5],
      ['1', 0.9],
    ],
  )
  means.add('gpuMemory', [gpu('0', 0.5)], 90 * SECOND)
  assert.deepEqual(
    means.over('gpuMemory', 600 * SECOND).map(({ labels }) => labels['gpu']),
    ['0'],
  )
})

test('what cannot be read any more stays as it was', () => {
  const means = createGaugeMeans()
  means.add('gpuTemperature', one(91), 0)
  assert.equal(means.over('gpuTemperature', 60 * SECOND)[0]?.value, 91)
})
