import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGpus } from './gpu-text.ts'

test('each line is a GPU', () => {
  const text =
    '0, GPU-5a, NVIDIA H200, 12345, 143771, 37, 41\n1, GPU-6b, NVIDIA GeForce RTX 4090, 0, 24564, 0, 30\n'
  assert.deepEqual(parseGpus(text), [
    {
      index: '0',
      uuid: 'GPU-5a',
      name: 'NVIDIA H200',
      memoryRatio: 12_345 / 143_771,
      utilizationRatio: 0.37,
      celsius: 41,
    },
    {
      index: '1',
      uuid: 'GPU-6b',
      name: 'NVIDIA GeForce RTX 4090',
      memoryRatio: 0,
      utilizationRatio: 0,
      celsius: 30,
    },
  ])
})

test('what a GPU does not tell is not taken for nothing', () => {
  assert.deepEqual(parseGpus('0, GPU-5a, GB10, [N/A], [N/A], [Not Supported], 41'), [
    {
      ...{ index: '0', uuid: 'GPU-5a', name: 'GB10' },
      ...{ memoryRatio: undefined, utilizationRatio: undefined, celsius: 41 },
    },
  ])
})

test('a message of the tool is no GPU', () => {
  assert.deepEqual(
    parseGpus('NVIDIA-SMI has failed because it could not communicate, a, b, c, d, e, f\n'),
    [],
  )
  assert.deepEqual(parseGpus('No devices were found\n'), [])
  assert.deepEqual(parseGpus(''), [])
})
