import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GpuReading } from '../telemetry/collectors/gpu.ts'
import type { HostReading } from '../telemetry/collectors/host/host.ts'
import { createGaugeReader } from './gauges.ts'

const HOST: HostReading = {
  memoryRatio: 0.25,
  cpuRatio: undefined,
  disks: [
    { mount: '/', usedRatio: 0.5 },
    { mount: '/data', usedRatio: 0.75 },
  ],
}
const GPU: GpuReading = {
  ...{ gpu: '0', uuid: 'GPU-1', name: 'NVIDIA H200' },
  ...{ usedBytes: 3, totalBytes: 4, utilizationRatio: 0.5, celsius: undefined, watts: 100 },
}

const toReader = (host: HostReading, gpus: readonly GpuReading[]) =>
  createGaugeReader({ host: () => Promise.resolve(host), gpus: () => Promise.resolve(gpus) })

test('what the collectors read of the machine is what rules are given', async () => {
  const read = toReader(HOST, [GPU])
  assert.deepEqual(await read('hostMemory'), [{ labels: {}, value: 0.25 }])
  assert.deepEqual(await read('hostDisk'), [
    { labels: { mount: '/' }, value: 0.5 },
    { labels: { mount: '/data' }, value: 0.75 },
  ])
  const labels = { gpu: '0', uuid: 'GPU-1', name: 'NVIDIA H200' }
  assert.deepEqual(await read('gpuMemory'), [{ labels, value: 0.75 }])
  assert.deepEqual(await read('gpuUtilization'), [{ labels, value: 0.5 }])
})

test('what is not known now has no value, which is not the value 0', async () => {
  const read = toReader(HOST, [GPU, { ...GPU, gpu: '1', totalBytes: undefined }])
  assert.deepEqual(await read('hostCpu'), [])
  assert.deepEqual(await read('gpuTemperature'), [])
  assert.equal((await read('gpuMemory')).length, 1)
})

test('a GPU that no tool tells of cannot be read, which is not a GPU that is well', async () => {
  await assert.rejects(toReader(HOST, [])('gpuMemory'), /no tool tells of a GPU/)
})
